"""Answers a request that was never made."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note


class WrongID(Child):
    def message(self, params):
        answer = {"text": "an answer to something else"}
        self.write({"jsonrpc": "2.0", "id": self.request_id + 1_000_000, "result": answer})
        note("answered what was not asked")
        return SILENCE


WrongID().run()
