"""A page between which and chatd a test stands: it adds frames of its own and answers commands."""

import datetime
import json
import re

# Of this day: where another begins, a separator stands between the entries.
TIME = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Script:
    """Passes everything on, but for what a test adds or answers itself."""

    def __init__(self, page):
        self.commands = []
        self._answers = {}
        self._socket = None
        self._last = None
        self._number = 0
        page.route_web_socket(re.compile("/ws$"), self._connect)

    def _connect(self, socket):
        self._socket = socket
        server = socket.connect_to_server()
        socket.on_message(lambda text: self._command(text, server))
        server.on_message(socket.send)

    def _command(self, text, server):
        command = json.loads(text)
        answer = self._answers.get(command["type"])
        if answer is None:
            server.send(text)
            return
        self.commands.append(command)
        self.send({"ref": command["ref"], **answer(command)})

    def answer(self, kind, answer):
        """From now on commands of this kind are answered by `answer(command)`."""
        self._answers[kind] = answer

    def pass_on(self, kind):
        """From now on commands of this kind go to chatd again."""
        del self._answers[kind]

    def send(self, frame):
        """Sends the page a frame, as if it came from chatd."""
        self._socket.send(json.dumps(frame))

    def begin(self, chatd):
        """Goes on behind what is stored in the thread."""
        self._last = chatd.get("/api/messages")["head"]

    def _entry(self, kind, **members):
        self._number += 1
        entry = {
            # Behind all that chatd makes: identifiers are compared.
            "type": kind, "id": f"ffffffff-0000-7000-8000-{self._number:012}",
            "parent": self._last, "thread": "main", "seq": 1_000_000, "created_at": TIME,
        } | members  # fmt: skip
        self._last = entry["id"]
        return entry

    def answered(self, content, **members):
        """An answer, shown behind what was shown last."""
        message = self._entry(
            "Message", role="assistant", content=content, to=None, author=None,
            **{"status": "complete", "error": None, "model": "claude-x",
               "stop_reason": "end_turn", "usage": None} | members,
        )  # fmt: skip
        self.update(message)
        return message

    def called(self, *calls):
        """A round of calls, shown behind what was shown last."""
        entry = self._entry("ToolRound", original_message_id="m", calls=list(calls))
        self.update(entry)
        return entry

    def update(self, entry, **changes):
        """Shows an entry, or another state of it."""
        entry |= changes
        entry["seq"] += 1
        self.send({"type": "message_update", "messages": [entry]})


def call(call_id, status="running", **members):
    """A call of the calculator."""
    return {
        "call_id": call_id, "child_id": "calculator", "tool": "calculate",
        "arguments": {"expression": "6 * 7"}, "status": status, "reason": None, "content": [],
        "latency_ms": 0,
    } | members  # fmt: skip
