"""Closes a standard stream of its own when asked to, and stays."""

import os
import signal

from mcp_server import Server, log, tool


class ClosesStreams(Server):
    tools = [*Server.tools, tool("input"), tool("output"), tool("deaf")]

    def call(self, name, given):
        if name in ("input", "output", "deaf"):
            if name != "deaf":
                os.close(0 if name == "input" else 1)
            log("and now for nothing")
            while True:
                signal.pause()
        return super().call(name, given)


ClosesStreams().run()
