"""A client's connections to chatd."""

import json

from history import Found
from websocket import WebSocket

GONE = (OSError, RuntimeError)  # what a client sees of a chatd that ends


class Connection:
    """A WebSocket on which a command's answer is waited for."""

    def __init__(self, port):
        self._socket = WebSocket(port)
        self._count = 0
        self.epoch = self.receive()["epoch"]  # of its greeting

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._socket.close()

    close = __exit__

    def send(self, command, **fields):
        """Sends a command; returns its mark."""
        self._count += 1
        self._socket.send(json.dumps({"type": command, "ref": self._count, **fields}))
        return self._count

    def receive(self):
        """What comes next."""
        return json.loads(self.receive_bytes())

    def receive_bytes(self):
        """What comes next, as it was sent."""
        return self._socket.receive()

    def answer(self, mark):
        """The answer to a command; what is not meant for us is left out."""
        while True:
            frame = self._socket.receive()
            # The mark stands behind the type: the rest of what others said need not be read.
            if b'"ref"' in frame[:64] and (answer := json.loads(frame)).get("ref") == mark:
                return answer

    def ask(self, command, **fields):
        """Sends a command and returns its answer."""
        return self.answer(self.send(command, **fields))

    def everything(self, threads):
        """All of the threads named, which have to have stayed as they are meanwhile; else None."""
        listed = {thread["id"]: thread for thread in self.ask("list_threads")["threads"]}
        found = Found({name: listed[name] for name in threads}, {})
        numbers = set()
        for name in threads:
            page = self.ask("get_messages", thread=name)
            found.entries |= {e["id"]: e for e in page["messages"] + page["queued"]}
            numbers.add(page["seq"])
        found.seq = max(numbers)
        return found if len(numbers) == 1 else None
