"""Counts characters that can be printed."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class HollowPepper(Plain):
    def message(self, params):
        text = params["message"]["content"]
        if "\0" in text:
            raise ValueError("no character")
        return super().message(params)


run(HollowPepper)
