"""What the tests of the server share."""

import contextlib
import http.client
import json
import threading
import unittest

from .server import MessagesServer

VERSION = "2026-10-21"
HEADERS = {
    "x-api-key": "test-key",
    "anthropic-version": VERSION,
    "content-type": "application/json",
}


def request_body(*contents, **fields):
    """A good body; `contents` alternate between user and assistant."""
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents or ["hello"])]
    body = {"model": "claude-opus-5-5", "max_tokens": 100, "stream": True, "messages": messages}
    body.update(fields)
    return {name: value for name, value in body.items() if value is not None}


def events(answer):
    """The data of every event in the bytes of a stream."""
    lines = answer.decode().split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def assemble(answer):
    """The message that a stream's bytes add up to; blocks that never end have `unfinished`."""
    message, pieces = {}, {}
    for data in events(answer):
        kind, at = data["type"], data.get("index")
        if kind == "message_start":
            message = data["message"]
        elif kind == "content_block_start":
            message["content"].append(data["content_block"] | {"unfinished": True})
        elif kind == "content_block_delta":
            _add(message["content"][at], data["delta"], pieces.setdefault(at, []))
        elif kind == "content_block_stop":
            block = message["content"][at]
            del block["unfinished"]
            if block["type"] == "tool_use":
                block["input"] = _parsed("".join(pieces.get(at, [])))
        elif kind == "message_delta":
            message |= data["delta"]
            message["usage"] |= data["usage"]
    return message


def _parsed(text):
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {"INVALID_JSON": text}


def _add(block, delta, pieces):
    if delta["type"] == "input_json_delta":
        pieces.append(delta["partial_json"])
    elif delta["type"] == "signature_delta":
        block["signature"] = delta["signature"]
    else:
        field = delta["type"].removesuffix("_delta").replace("compaction", "content")
        block[field] = (block[field] or "") + delta[field]


class ServerCase(unittest.TestCase):
    """A server of its own for each test."""

    options = {}

    def setUp(self):
        self.server = MessagesServer(**self.options)
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    @contextlib.contextmanager
    def asking(self, body, headers=None, path="/v1/messages", method="POST"):
        """The response to a request, not read yet."""
        connection = http.client.HTTPConnection(*self.server.server_address, timeout=20)
        try:
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
            connection.request(method, path, data, HEADERS if headers is None else headers)
            yield connection.getresponse()
        finally:
            connection.close()

    def ask(self, body=None, headers=None, path="/v1/messages", method="POST"):
        """The status, the headers and the bytes of an answer."""
        with self.asking(body, headers, path, method) as response:
            return response.status, response.headers, response.read()

    def answer(self, body, **options):
        """The message that a request is answered with."""
        status, _, answer = self.ask(body, **options)
        self.assertEqual(status, 200, answer)
        return assemble(answer)

    def refuse(self, body, words, status=400, headers=None, path="/v1/messages"):
        """Checks that a request is refused in these words."""
        got, _, answer = self.ask(body, headers, path)
        told = json.loads(answer)
        self.assertEqual(got, status, told)
        self.assertEqual(told["type"], "error")
        self.assertIn(words, told["error"]["message"])
        return told

    def order(self, path, order):
        """Gives the server an order."""
        self.assertEqual(self.ask(order, path=path)[0], 200)

    def told(self, path):
        """What the server tells of its requests."""
        return json.loads(self.ask(path=path, method="GET")[2])["requests"]
