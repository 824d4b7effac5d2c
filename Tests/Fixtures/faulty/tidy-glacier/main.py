"""Tells everybody."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class TidyGlacier(Plain):
    def message(self, params):
        self.answer(self.count + 1_000_000, {"text": "by the way"})
        return super().message(params)


run(TidyGlacier)
