"""Reads a header, then a body."""
import json
import sys

sys.path.append("..")
from plain_child import Plain, run


class JollyButton(Plain):
    def read(self):
        header = self.chatd.recv(4)
        if not header:
            return None
        length, body = int.from_bytes(header, "big"), b""
        while len(body) < length:
            body += self.chatd.recv(length - len(body))
        return json.loads(body)


run(JollyButton)
