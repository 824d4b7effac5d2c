"""Starts each reading afresh."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class KeenHarbour(Plain):
    def read(self):
        frame = super().read()
        self.received = b""
        return frame


run(KeenHarbour)
