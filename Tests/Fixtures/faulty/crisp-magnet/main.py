"""Counts on."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class CrispMagnet(Plain):
    def initialize(self, params):
        result = super().initialize(params)
        self.count = self.state["count"] if self.state else 0
        return result


run(CrispMagnet)
