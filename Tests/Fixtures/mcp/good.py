"""Does what MCP says, and tells what it was given."""

import json
import os

from mcp_server import Server, log, text, tool


class Good(Server):
    tools = [*Server.tools, tool("environment"), tool("folder"), tool("fail"), tool("say")]

    def initialize(self, params):
        log(f"asked by {params['clientInfo']['name']} for {params['protocolVersion']}, "
            f"able to {params['capabilities']}")
        return super().initialize(params)

    def call(self, name, given):
        if name == "environment":
            return text(json.dumps(dict(os.environ)))
        if name == "folder":
            return text(os.getcwd())
        if name == "fail":
            return text("no such city", isError=True, _meta={"x": 1})
        if name == "say":
            self.send({"method": "notifications/message", "params": given})
        return super().call("echo" if name == "say" else name, given)

    def notice(self, method, params):
        log(f"heard {method}")


Good().run()
