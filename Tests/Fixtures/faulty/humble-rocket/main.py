"""Has a tool for everything."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class HumbleRocket(Plain):
    def call(self, params):
        return super().call({**params, "name": "measure"})


run(HumbleRocket)
