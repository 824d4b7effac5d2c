"""Keeps numbers small."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class GentleAnvil(Plain):
    def answer(self, number, result):
        super().answer(number & 0xFFFFFFFF, result)


run(GentleAnvil)
