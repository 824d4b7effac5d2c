"""Answers after a while: `delay_ms` of its configuration, or what the message asks for."""
import re
import sys
import time

sys.path.append("..")
from chatd_child import Child


class Slow(Child):
    def message(self, params):
        asked = re.search(r"slow:(\d{1,6})", params["message"]["content"])
        delay_ms = int(asked[1]) if asked else self.config.get("delay_ms", 300)
        time.sleep(delay_ms / 1000)
        return {"text": f"after {delay_ms} ms"}


Slow().run()
