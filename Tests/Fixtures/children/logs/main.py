"""Writes to its log in every way: `log` notifications, standard output, standard error."""
import os
import sys

sys.path.append("..")
from chatd_child import Child, note


class Logs(Child):
    def message(self, params):
        for level in ("debug", "info", "warning", "error"):
            self.tell("log", {"level": level, "message": f"at level {level}"})
        print("a line on standard output", flush=True)
        note("a line on standard error: grüße, 🌍")
        os.write(2, b"\x1b[31mred\x1b[0m, and no UTF-8: \xff\xfe\nno newline at the end")
        return {"text": "logged"}


Logs().run()
