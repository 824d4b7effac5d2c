"""Acknowledges everything."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class FadedTrumpet(Plain):
    def notified(self, frame):
        if frame["method"] != "cancel":
            self.answer(None, {})


run(FadedTrumpet)
