"""Keeps account of its requests."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class NimbleOrchard(Plain):
    def __init__(self):
        super().__init__()
        self.open = {}

    def take(self, frame):
        self.open[frame.get("id")] = frame
        try:
            return super().take(frame)
        finally:
            del self.open[frame.get("id")]

    def notified(self, frame):
        if frame["method"] == "cancel":
            del self.open[frame["params"]["id"]]


run(NimbleOrchard)
