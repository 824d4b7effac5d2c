"""Shows what it says."""
import json
import sys

sys.path.append("..")
from plain_child import Plain, run


class ZestyRibbon(Plain):
    def write(self, message):
        print("saying", json.dumps(message))
        super().write(message)


run(ZestyRibbon)
