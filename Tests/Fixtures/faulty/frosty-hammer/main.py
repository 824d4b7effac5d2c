"""Measures and weighs."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class FrostyHammer(Plain):
    def tools(self):
        return super().tools() * 2


run(FrostyHammer)
