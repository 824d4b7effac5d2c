"""Answers with a frame of 2 MiB: over the limit of 1 MiB, but short enough to be read over."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note

FRAME_BYTES = 2 * 1024 * 1024


class TooLong(Child):
    def message(self, params):
        before = b'{"jsonrpc":"2.0","id":%d,"result":{"text":"' % self.request_id
        after = b'"}}'
        note("sending 2 MiB")
        self.write_frame(before + b"a" * (FRAME_BYTES - len(before) - len(after)) + after)
        return SILENCE


TooLong().run()
