"""Floods its log from a thread of its own while it answers messages."""
import os
import sys
import threading

sys.path.append("..")
from chatd_child import Child

LINES = b"".join(b"flood %04d %s\n" % (number, b"x" * 88) for number in range(640))


class Floods(Child):
    def initialize(self, params):
        threading.Thread(target=flood, daemon=True).start()
        return {}

    def message(self, params):
        return {"text": "here, in spite of all that"}


def flood():
    while True:
        os.write(2, LINES)


Floods().run()
os._exit(0)  # without a wait for the thread, which may be held up in its write
