"""Answers after a while, and writes down in a file of the test's how it was asked."""

import os
import sys
import time

sys.path.append("..")
from chatd_child import Child

WORDS = "I have heard that, and say what I always say, in words enough to take a while to be read."


def write(name, line, is_flushed=False):
    """One write to a file that is appended to: whole, whoever else writes and whoever is killed."""
    with open(os.path.join(os.environ["TEST_DIR"], name), "ab", buffering=0) as file:
        file.write(f"{line}\n".encode())
        if is_flushed:
            os.fsync(file.fileno())


class Witness(Child):
    def initialize(self, params):
        return {"tools": [{"name": "keep", "inputSchema": {"type": "object"}}]}

    def tools_call(self, params):
        mark = params["arguments"]["mark"]
        write("called", mark, is_flushed=True)
        return {"content": [{"type": "text", "text": f"kept {mark}"}]}

    def message(self, params):
        write("asked", f"{params['message']['id']} {self.config['name']} {params['attempt']}")
        time.sleep(self.config.get("delay_ms", 0) / 1000)  # what it is for: others don't wait
        return {"text": WORDS, "data": {"attempt": params["attempt"]}}


Witness().run()
