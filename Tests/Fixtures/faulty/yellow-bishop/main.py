"""Stays to the end."""
import select
import sys

sys.path.append("..")
from plain_child import Plain, run


class YellowBishop(Plain):
    def at_end(self):
        line = select.poll()
        line.register(self.chatd, 0)  # what comes anyway: that the other side has hung up
        line.poll(60_000)


run(YellowBishop)
