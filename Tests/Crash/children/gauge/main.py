"""Tools that are called in front of a test: each call is on disk before it does anything."""

import json
import os
import signal
import socket
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child

FOLDER = os.environ["TEST_DIR"]
TOOLS = ("note", "gate", "die", "hang", "wrong")


def text(words, **more):
    """What a tool comes to."""
    return {"content": [{"type": "text", "text": words}], **more}


class Gauge(Child):
    def initialize(self, params):
        # Without the file the child has all of its tools.
        path = os.path.join(FOLDER, "tools")
        names = TOOLS
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                names = file.read().split()
        return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names]}

    def message(self, params):
        if "held by a gate" not in params["message"]["content"] or not self.config["hears"]:
            return {"decline": True}
        self.gate("heard")
        return {"text": "I have heard that"}

    def tools_call(self, params):
        name, arguments = params["name"], params["arguments"]
        mark = arguments.get("mark", "")
        line = json.dumps([self.config["name"], name, mark]) + "\n"
        # One write to a file that is appended to: whole, whoever else writes and whoever is killed.
        with open(os.path.join(FOLDER, "calls"), "ab", buffering=0) as file:
            file.write(line.encode())
            os.fsync(file.fileno())
        return getattr(self, name)(mark)

    def note(self, mark):
        return text(f"noted {mark}")

    def wrong(self, mark):
        return text(f"no {mark}", isError=True)

    def die(self, mark):
        os.kill(os.getpid(), signal.SIGKILL)

    def hang(self, mark):
        return SILENCE

    def gate(self, mark):
        """Goes on once the test lets it."""
        with open(os.path.join(FOLDER, "gate"), encoding="ascii") as file:
            port = int(file.read())
        with socket.create_connection(("127.0.0.1", port)) as gate:
            gate.sendall(f"{mark}\n".encode())
            gate.recv(1)
        return text(f"passed {mark}")


Gauge().run()
