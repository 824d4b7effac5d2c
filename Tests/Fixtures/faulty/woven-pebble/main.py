"""Says goodbye, always."""
import sys
import time

sys.path.append("..")
from plain_child import Plain, run


class WovenPebble(Plain):
    def at_end(self):
        for _ in range(600):
            try:
                return self.write({"jsonrpc": "2.0", "method": "log",
                                   "params": {"level": "info", "message": "goodbye"}})
            except OSError:
                time.sleep(0.1)


run(WovenPebble)
