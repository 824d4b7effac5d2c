"""Speaks up."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class AridFalcon(Plain):
    def send(self, body):
        sys.stdout.buffer.write(len(body).to_bytes(4, "big") + body)
        sys.stdout.buffer.flush()


run(AridFalcon)
