"""Needs two bytes for a length."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class IdleComet(Plain):
    def length(self):
        return int.from_bytes(self.received[2:4], "big")


run(IdleComet)
