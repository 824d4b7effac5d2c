"""Its JSON is none of JSON-RPC's: see the kinds."""

import json

from mcp_server import SILENCE, Server, text, tool

KINDS = {
    "no-version": lambda number: {"id": number, "result": text("a")},
    "text-id": lambda number: {"jsonrpc": "2.0", "id": str(number), "result": text("a")},
    "true-id": lambda number: {"jsonrpc": "2.0", "id": True, "result": text("a")},
    "unasked": lambda number: {"jsonrpc": "2.0", "id": number + 1000, "result": text("a")},
    "number": lambda number: 42,
    "null": lambda number: None,
    "batch": lambda number: ["x", {"jsonrpc": "2.0", "id": number, "result": text("batch")}],
    "neither": lambda number: {"jsonrpc": "2.0", "id": number},
    "list-result": lambda number: {"jsonrpc": "2.0", "id": number, "result": [1]},
    "no-content": lambda number: {"jsonrpc": "2.0", "id": number, "result": {"a": 1}},
    "odd-error": lambda number: {"jsonrpc": "2.0", "id": number, "error": {"code": "x"}},
    "infinite": lambda number: {"jsonrpc": "2.0", "id": number, "result": text(
        "a", structuredContent={"a": float("inf")})},
    "surrogate": lambda number: {"jsonrpc": "2.0", "id": number, "result": text("half \ud800")},
    "odd-method": lambda number: {"jsonrpc": "2.0", "id": 1, "method": [1]},
}


class WrongRPC(Server):
    tools = [*Server.tools, *(tool(kind) for kind in KINDS), tool("deep"), tool("deeper")]

    def call(self, name, given):
        if name in KINDS:
            self.write(json.dumps(KINDS[name](self.request_id)) + "\n")
        elif name in ("deep", "deeper"):  # than chatd reads, and than Python does
            depth = 500 if name == "deep" else 500_000
            self.write('{"jsonrpc":"2.0","id":%d,"result":{"content":[],"structuredContent":{"a":'
                       '%s%s}}}\n' % (self.request_id, "[" * depth, "]" * depth))
        else:
            return super().call(name, given)
        return SILENCE


WrongRPC().run()
