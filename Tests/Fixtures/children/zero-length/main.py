"""Sends a frame with nothing in it, and the right answer behind it."""
import sys

sys.path.append("..")
from chatd_child import Child, note


class ZeroLength(Child):
    def message(self, params):
        note("a frame with nothing in it")
        self.write_frame(b"")
        return {"text": "too late: the stream can't be trusted any more"}


ZeroLength().run()
