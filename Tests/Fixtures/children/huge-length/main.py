"""Announces a frame of 4 GiB, and begins to send it."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note


class HugeLength(Child):
    def message(self, params):
        note("announcing 4 GiB")
        self.write_bytes(b"\xff\xff\xff\xff" + b'{"jsonrpc":"2.0",')
        return SILENCE


HugeLength().run()
