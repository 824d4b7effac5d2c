"""Says who it is in a list."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class BriskLantern(Plain):
    def initialize(self, params):
        return ["Plain", "1.0.0"]


run(BriskLantern)
