"""Hangs on messages alone: it is ready, and its pings are answered."""
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note


class Hang(Child):
    def message(self, params):
        note("a message that I shall not answer")
        return SILENCE


Hang().run()
