"""Ends on a message with "crash" in it, as it says: with exit code 1, another, or by a signal."""
import os
import re
import resource
import signal
import sys

sys.path.append("..")
from chatd_child import Child, note


class Crash(Child):
    def message(self, params):
        wish = re.search(r"crash(?: (\d+)| (SIG[A-Z0-9]+))?", params["message"]["content"])
        if not wish:
            return {"text": "still here"}
        note(f"about to {wish[0]}")
        if wish[2]:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.kill(os.getpid(), signal.Signals[wish[2]])
        os._exit(int(wish[1] or 1))


Crash().run()
