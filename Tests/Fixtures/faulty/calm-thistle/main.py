"""Keeps a second line open."""
import os
import socket
import sys

sys.path.append("..")
from plain_child import Plain, run


class CalmThistle(Plain):
    def initialize(self, params):
        self.second = socket.socket(socket.AF_UNIX)
        try:
            self.second.connect(os.environ["CHATD_SOCKET"])
        except OSError:
            pass  # chatd may refuse it
        return super().initialize(params)


run(CalmThistle)
