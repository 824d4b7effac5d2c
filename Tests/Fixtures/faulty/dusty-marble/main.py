"""Complains of what it does not know."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class DustyMarble(Plain):
    def unknown(self, frame):
        self.write({"jsonrpc": "2.0", "id": frame["id"],
                    "error": {"code": -32000, "message": "what is that?"}})


run(DustyMarble)
