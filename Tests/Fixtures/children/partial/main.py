"""Streams its answer in parts; the result at the end has all of it."""
import sys
import time

sys.path.append("..")
from chatd_child import Child


class Partial(Child):
    def message(self, params):
        parts = [f"part {number}. " for number in range(1, self.config.get("parts", 3) + 1)]
        for text in parts:
            self.tell("partial", {"id": self.request_id, "text": text})
            time.sleep(self.config.get("pause_ms", 0) / 1000)
        return {"text": "".join(parts).strip()}


Partial().run()
