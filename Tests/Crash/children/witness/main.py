"""Answers after a while, and writes down in a file of the test's how it was asked."""

import os
import sys
import time

sys.path.append("..")
from chatd_child import Child

WORDS = "I have heard that, and say what I always say, in words enough to take a while to be read."


class Witness(Child):
    def message(self, params):
        line = f"{params['message']['id']} {self.config['name']} {params['attempt']}\n"
        # One write to a file that is appended to: whole, whoever else writes and whoever is killed.
        with open(os.path.join(os.environ["TEST_DIR"], "asked"), "ab", buffering=0) as file:
            file.write(line.encode())
        time.sleep(self.config.get("delay_ms", 0) / 1000)  # what it is for: others don't wait
        return {"text": WORDS, "data": {"attempt": params["attempt"]}}


Witness().run()
