"""A good child with a tool and a memory. The children beside it change one thing each."""

import json
import os
import socket
import sys

TOOL = {
    "name": "measure", "description": "Says how long a text is",
    "inputSchema": {"type": "object", "required": ["text"],
                    "properties": {"text": {"type": "string"}}},
}


class Plain:
    """Answers one request after another until the stream ends or chatd says `shutdown`."""

    code = 0  # it exits with this after `shutdown`

    def __init__(self):
        self.chatd = socket.socket(socket.AF_UNIX)
        self.received = b""
        self.held = []  # what came while we waited for an answer of chatd's
        self.state = None
        self.count = 0  # of the messages that it has heard

    # Each takes params and returns a result; a KeyError stands for what it can't do.

    def initialize(self, params):
        self.state = params["state"]
        return {"name": "Plain", "version": "1.0.0", "tools": self.tools()}

    def tools(self):
        return [TOOL]

    def message(self, params):
        self.count += 1
        text = params["message"]["content"]
        return {"text": f"I heard {len(text)} characters"}

    def call(self, params):
        if params["name"] != "measure":
            return {"content": [], "isError": True}
        text = str(params["arguments"].get("text", ""))
        return {"content": [{"type": "text", "text": str(len(text))}], "isError": False}

    def ping(self, params):
        return {}

    def shutdown(self, params):
        return {}

    # What comes and goes.

    def run(self):
        self.chatd.connect(os.environ["CHATD_SOCKET"])
        try:
            while (frame := self.held.pop(0) if self.held else self.read()) is not None:
                if self.take(frame) == "shutdown":
                    return self.leave()
            self.at_end()
        except ConnectionError:
            pass
        return 0

    def leave(self):
        """After `shutdown` was answered: the exit code."""
        return self.code

    def at_end(self):
        """The stream has ended."""

    def take(self, frame):
        """Answers a request, and returns its method."""
        if "method" not in frame:
            return None
        if "id" not in frame:
            self.notified(frame)
            return None
        method = frame["method"]
        methods = {"initialize": self.initialize, "message": self.message, "ping": self.ping,
                   "shutdown": self.shutdown, "tools/call": self.call}
        if method in methods:
            self.answer(frame["id"], methods[method](frame["params"]))
        else:
            self.unknown(frame)
        return method

    def notified(self, frame):
        """A notification has come."""

    def unknown(self, frame):
        self.write({"jsonrpc": "2.0", "id": frame["id"],
                    "error": {"code": -32601, "message": "no such method"}})

    def answer(self, number, result):
        self.write({"jsonrpc": "2.0", "id": number, "result": result})

    def ask(self, method, params):
        """A request of ours, and its answer."""
        self.write({"jsonrpc": "2.0", "id": "ours", "method": method, "params": params})
        while (frame := self.read()) is not None and frame.get("id") != "ours":
            self.held.append(frame)
        return frame

    def write(self, message):
        self.send(json.dumps(message, ensure_ascii=False).encode())

    def send(self, body):
        self.chatd.sendall(len(body).to_bytes(4, "big") + body)

    def read(self):
        """The next frame; None at the end of the stream."""
        while len(self.received) < 4 or len(self.received) < 4 + self.length():
            part = self.chatd.recv(1 << 16)
            if not part:
                return None
            self.received += part
        end = 4 + self.length()
        body, self.received = self.received[4:end], self.received[end:]
        return json.loads(body)

    def length(self):
        return int.from_bytes(self.received[:4], "big")


def run(child):
    """Runs a child of this kind and ends the program as it says."""
    sys.exit(child().run())
