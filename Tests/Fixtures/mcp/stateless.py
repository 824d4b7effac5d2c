"""Speaks MCP 2026-07-28 alone: no handshake, and each request says who asks.

The argument is how it tells its name: `plain` in its answer, `meta` beside it; `later` is one that
speaks a version that nobody knows yet.
"""

import sys

from mcp_server import Refusal, Server, text

META = "io.modelcontextprotocol/"
VERSIONS = ["2099-01-01" if sys.argv[1] == "later" else "2026-07-28"]
NAME = {"name": "stateless", "version": "3"}


class Stateless(Server):
    def initialize(self, params):
        raise Refusal(-32022, f"unsupported protocol version; there is {VERSIONS[0]}")

    def other(self, method, params):
        self.check()
        if method != "server/discover":
            return super().other(method, params)
        about = {"_meta": {f"{META}serverInfo": NAME}} if sys.argv[1] == "meta" else {
            "serverInfo": NAME}
        return {"resultType": "complete", "supportedVersions": VERSIONS,
                "capabilities": {"tools": {}}, **about}

    def list(self, params):
        self.check()
        return {"resultType": "complete", **super().list(params)}

    def call(self, name, given):
        self.check()
        if given["text"] == "more":
            return {"resultType": "input_required", "inputRequests": {}}
        return {"resultType": "complete", **text(self.meta[f"{META}clientInfo"]["name"])}

    def check(self):
        if self.meta.get(f"{META}protocolVersion") not in VERSIONS:
            raise Refusal(-32022, "unsupported protocol version")
        if not isinstance(self.meta.get(f"{META}clientCapabilities"), dict):
            raise Refusal(-32602, "no capabilities")


Stateless().run()
