"""Thinks before it speaks."""
import sys
import time

sys.path.append("..")
from plain_child import Plain, run


class OpalFerry(Plain):
    def message(self, params):
        time.sleep(0.15)
        return super().message(params)


run(OpalFerry)
