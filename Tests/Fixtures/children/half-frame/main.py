"""Breaks off in the middle of a frame, and reads on: only its own side is closed."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note


class HalfFrame(Child):
    def message(self, params):
        body = b'{"jsonrpc":"2.0","id":%d,"result":{"text":"half a fr' % self.request_id
        self.write_bytes((2 * len(body)).to_bytes(4, "big") + body)
        self.close_writing()
        note("broke off in a frame")
        return SILENCE

    def shutdown(self, params):
        return SILENCE


HalfFrame().run()
