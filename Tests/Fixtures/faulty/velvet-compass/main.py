"""Leaves with a number."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class VelvetCompass(Plain):
    code = 3


run(VelvetCompass)
