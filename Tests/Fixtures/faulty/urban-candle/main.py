"""Has a mood."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class UrbanCandle(Plain):
    def message(self, params):
        self.write({"jsonrpc": "2.0", "method": "mood", "params": {"mood": "good"}})
        return super().message(params)


run(UrbanCandle)
