"""Clears its throat."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class SilverBucket(Plain):
    def message(self, params):
        self.send(b"")
        return super().message(params)


run(SilverBucket)
