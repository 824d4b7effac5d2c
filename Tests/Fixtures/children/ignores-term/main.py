"""Ignores every gentle way to be stopped: `shutdown`, the end of the stream, SIGTERM."""
import signal
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, note, outlive


class IgnoresTerm(Child):
    def shutdown(self, params):
        note("ignoring shutdown")
        return SILENCE


signal.signal(signal.SIGTERM, lambda number, frame: note("ignoring SIGTERM"))
IgnoresTerm().run()
outlive()
