"""Counts on what it has."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class DapperTunnel(Plain):
    def initialize(self, params):
        result = super().initialize(params)
        self.count = len(self.state["heard"]) if self.state and "of" not in self.state else 0
        return result

    def message(self, params):
        reply = super().message(params)
        self.ask("state/save", {"state": {"count": self.count}})
        return reply


run(DapperTunnel)
