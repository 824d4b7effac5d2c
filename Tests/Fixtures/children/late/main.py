"""Answers late, but well before it is cancelled."""
import sys
import time

sys.path.append("..")
from chatd_child import Child


class Late(Child):
    def message(self, params):
        time.sleep((params["deadline_ms"] + self.config.get("late_by_ms", 200)) / 1000)
        return {"text": "sorry, I am late"}


Late().run()
