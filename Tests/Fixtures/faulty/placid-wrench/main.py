"""Says how long it was, in numbers."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class PlacidWrench(Plain):
    def message(self, params):
        return {"text": len(params["message"]["content"])}


run(PlacidWrench)
