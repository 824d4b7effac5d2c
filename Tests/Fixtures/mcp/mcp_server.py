"""A correct MCP server over stdio; each one beside it gets one thing wrong, or does one thing more.

Its tools: `echo` answers with the text it is given, `pid` with its process's id.
"""

import json
import os
import signal
import sys

SILENCE = object()  # what a method returns to leave its request without an answer
signal.alarm(600)  # seconds: one that nobody ends must not outlive the tests by much


class Refusal(Exception):
    """Raised by a method to answer with a JSON-RPC error."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def tool(name, **more):
    """A tool that takes a text."""
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    return {"name": name, "description": f"Does {name}", "inputSchema": schema, **more}


def text(words, **more):
    """A result with one text."""
    return {"content": [{"type": "text", "text": words}], **more}


class Server:
    """Answers one request after the other until its standard input ends."""

    tools = [tool("echo"), tool("pid")]

    # What a fixture overrides: the params of a request in, its result out.

    def initialize(self, params):
        return {"protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": type(self).__name__, "version": "1.2.3"}}

    def list(self, params):
        return {"tools": self.tools}

    def call(self, name, given):
        if name == "echo":
            return text(given.get("text", ""))
        if name == "pid":
            return text(str(os.getpid()))
        raise Refusal(-32602, f"Unknown tool: {name}")

    def other(self, method, params):
        raise Refusal(-32601, f"no method {method}")

    def notice(self, method, params):
        """A notification, or an answer to a request of ours: method None, and the message."""

    def run(self):
        """Serves, and exits with 0."""
        for line in sys.stdin:
            message = json.loads(line)
            if "id" in message and "method" in message:
                self._answer(message)
            else:
                self.notice(message.get("method"), message.get("params", message))

    def _answer(self, request):
        params = request.get("params", {})
        self.request_id, self.meta = request["id"], params.get("_meta", {})
        methods = {"initialize": self.initialize, "tools/list": self.list, "ping": lambda _: {},
                   "tools/call": lambda p: self.call(p["name"], p.get("arguments", {}))}
        try:
            method = methods.get(request["method"])
            result = method(params) if method else self.other(request["method"], params)
            if result is not SILENCE:
                self.send({"id": request["id"], "result": result})
        except Refusal as refusal:
            self.send({"id": request["id"],
                       "error": {"code": refusal.code, "message": str(refusal)}})

    def send(self, message):
        """A message, as a line."""
        self.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")

    def write(self, words):
        """Anything, to standard output."""
        sys.stdout.write(words)
        sys.stdout.flush()


def log(words):
    """A line to standard error."""
    print(words, file=sys.stderr, flush=True)
