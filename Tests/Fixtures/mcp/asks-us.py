"""Asks of its client all that MCP lets it ask, and tells the answers."""

import json

from mcp_server import Server, log

METHODS = ["ping", "roots/list", "sampling/createMessage", "elicitation/create", "weather/get"]


class AsksUs(Server):
    def call(self, name, given):
        for number, method in enumerate(METHODS):
            self.send({"id": f"q{number}", "method": method, "params": {}})
        return super().call(name, given)

    def notice(self, method, params):
        if method is None:
            log(f"{params['id']}: {json.dumps(params.get('result', params.get('error')))}")


AsksUs().run()
