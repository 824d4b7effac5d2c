"""Speaks a version of MCP that the argument names, and offers no tools."""

import sys

from mcp_server import Server


class Old(Server):
    def initialize(self, params):
        return {"protocolVersion": sys.argv[1], "capabilities": {}, "serverInfo": {"name": "old"}}


Old().run()
