"""Answers a message with well-framed garbage: as many frames as its configuration says."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note

GARBAGE = [b"this is not JSON", b'{"jsonrpc":"2.0","id":', b"\xff\xfe\x00", b"[]", b"null"]


class NotJSON(Child):
    def message(self, params):
        for index in range(self.config.get("frames", 1)):
            self.write_frame(GARBAGE[index % len(GARBAGE)])
        note("garbage sent")
        return SILENCE


NotJSON().run()
