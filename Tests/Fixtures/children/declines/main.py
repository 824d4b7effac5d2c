"""Declines each message, in turn in each of the four ways there are."""
import sys

sys.path.append("..")
from chatd_child import Child, Refusal


class Declines(Child):
    heard = 0

    def message(self, params):
        self.heard += 1
        if self.heard % 4 == 0:
            raise Refusal(-32601, "no such method: message")
        return {1: None, 2: {}, 3: {"decline": True}}[self.heard % 4]


Declines().run()
