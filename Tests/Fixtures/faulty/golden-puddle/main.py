"""Measures what it is given."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class GoldenPuddle(Plain):
    def call(self, params):
        if params["name"] == "measure":
            params["arguments"]["text"] = params["arguments"]["text"].strip()
        return super().call(params)


run(GoldenPuddle)
