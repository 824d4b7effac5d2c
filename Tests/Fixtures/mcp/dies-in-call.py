"""Ends in the middle of a call, as the text says: an exit code, or a signal's number."""

import os
import sys

from mcp_server import SILENCE, Server, log, text, tool


class DiesInCall(Server):
    tools = [*Server.tools, tool("die"), tool("hang"), tool("answer-and-die")]

    def call(self, name, given):
        if name == "hang":
            log("hanging")
            return SILENCE
        if name == "answer-and-die":
            self.send({"id": self.request_id, "result": text("my last words")})
            sys.exit(0)
        if name == "die":
            log("out of luck")
            if given["text"].startswith("-"):
                os.kill(os.getpid(), int(given["text"][1:]))
            sys.exit(int(given["text"]))
        return super().call(name, given)


DiesInCall().run()
