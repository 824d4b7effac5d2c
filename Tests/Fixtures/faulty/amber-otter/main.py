"""Hears what is said."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class AmberOtter(Plain):
    pass


run(AmberOtter)
