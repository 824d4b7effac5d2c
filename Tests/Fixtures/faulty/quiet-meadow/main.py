"""Speaks briefly."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class QuietMeadow(Plain):
    def answer(self, number, result):
        self.write({"id": number, "result": result})


run(QuietMeadow)
