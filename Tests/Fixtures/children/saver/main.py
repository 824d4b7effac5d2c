"""Counts the messages of all its generations in its state."""
import sys

sys.path.append("..")
from chatd_child import Child


class Saver(Child):
    def message(self, params):
        self.state = {"count": (self.state or {}).get("count", 0) + 1}
        self.ask("state/save", {"state": self.state})
        return {"text": f"count: {self.state['count']}", "data": self.state}


Saver().run()
