"""A correct child; each fixture beside it overrides the one thing that it gets wrong.

chatd runs a child in the folder of its manifest: a fixture finds this by `sys.path.append("..")`.
"""

import json
import os
import select
import signal
import socket
import sys
from collections import deque
from contextlib import suppress

SILENCE = object()  # what a method returns to leave its request without an answer
LONGEST_LIFE_S = 600  # of a process that outlives its socket: it must not outlive the tests by much


class Refusal(Exception):
    """Raised by a method to answer with an error; raised by `ask` when chatd does."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class Child:
    """Answers initialize, message, ping and shutdown, one at a time, until the stream ends."""

    def __init__(self):
        self.config = {}
        self.state = None
        self.generation = 0
        self.request_id = None  # of the request that is being answered
        self._asked = 0
        self._unread = deque()  # what came while we waited for an answer of chatd's
        self._socket = socket.socket(socket.AF_UNIX)

    # What a fixture overrides: the params of a request in, its result out.

    def initialize(self, params):
        return {}

    def message(self, params):
        return {"text": "heard"}

    def ping(self, params):
        return {}

    def shutdown(self, params):
        return {}

    def actor_call(self, params):
        raise Refusal(-32601, "nobody may call me")

    def tools_call(self, params):
        raise Refusal(-32601, "I have no tools")

    def run(self):
        """Connects, and serves until `shutdown` or the end of the stream."""
        self._socket.connect(os.environ["CHATD_SOCKET"])
        self._frames = self._socket.makefile("rb")
        with suppress(EOFError, ConnectionError):
            while True:
                request = self._unread.popleft() if self._unread else self._read()
                self._answer(request)
                if request.get("method") == "shutdown":
                    break

    def ask(self, method, params):
        """The result of a request of ours to chatd, or the Refusal that answered it."""
        self._asked += 1
        mine = f"child-{self._asked}"
        self.write({"jsonrpc": "2.0", "id": mine, "method": method, "params": params})
        while (frame := self._read()).get("id") != mine or "method" in frame:
            self._unread.append(frame)
        if "error" in frame:
            raise Refusal(frame["error"]["code"], frame["error"]["message"])
        return frame["result"]

    def tell(self, method, params):
        """A notification to chatd: `partial` or `log`."""
        self.write({"jsonrpc": "2.0", "method": method, "params": params})

    def write(self, message):
        """One frame with a JSON-RPC message."""
        self.write_frame(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))

    def write_frame(self, body):
        """One frame with these bytes, whatever they are."""
        self.write_bytes(len(body).to_bytes(4, "big") + body)

    def write_bytes(self, data):
        """Bytes that need not be a frame."""
        self._socket.sendall(data)

    def close_writing(self):
        """Half-closes the connection: chatd reads the end of the stream, we still read."""
        self._socket.shutdown(socket.SHUT_WR)

    def wait(self, seconds):
        """Lets time pass, up to the next frame from chatd."""
        select.select([self._socket], [], [], seconds)

    def _read(self):
        header = self._frames.read(4)
        body = self._frames.read(int.from_bytes(header, "big"))
        if len(header) < 4 or not body:
            raise EOFError
        return json.loads(body)

    def _answer(self, request):
        if "method" not in request or request.get("id") is None:
            return
        self.request_id = request["id"]
        params = request.get("params", {})
        if request["method"] == "initialize":
            self.config = params.get("config", {})
            self.state = params.get("state")
            self.generation = params.get("generation", 0)
        methods = {"initialize": self.initialize, "message": self.message,
                   "actor/call": self.actor_call, "tools/call": self.tools_call,
                   "ping": self.ping, "shutdown": self.shutdown}
        try:
            if request["method"] not in methods:
                raise Refusal(-32601, f"no such method: {request['method']}")
            outcome = {"result": methods[request["method"]](params)}
        except Refusal as refusal:
            outcome = {"error": {"code": refusal.code, "message": refusal.message}}
        if outcome.get("result") is not SILENCE:
            self.write({"jsonrpc": "2.0", "id": request["id"], **outcome})


def note(text):
    """A line on standard error: the child's log, where a test can wait for it."""
    print(text, file=sys.stderr, flush=True)


def outlive():
    """Never returns, whatever becomes of the socket; ends by a signal alone."""
    signal.alarm(LONGEST_LIFE_S)
    while True:
        signal.pause()


def report_grandchild(pid, config):
    """Leaves the pid of a process that we started where a test finds it, and in the log."""
    folder = os.environ.get("TEST_DIR")
    path = config.get("pidfile") or (os.path.join(folder, "grandchild.pid") if folder else None)
    if path:
        with open(f"{path}.new", "w", encoding="ascii") as file:
            file.write(f"{pid}\n")
        os.rename(f"{path}.new", path)  # a reader sees all of it or nothing
    note(f"grandchild {pid}")
