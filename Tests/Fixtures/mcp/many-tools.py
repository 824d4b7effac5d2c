"""Lists its tools page by page, as its argument says: `good`, `bad`, `circle`, `endless`, `big`."""

import sys

from mcp_server import Server, tool

BAD = [
    42, {}, {"name": 7, "inputSchema": {"type": "object"}}, tool("two words"), tool(""),
    tool("n" * 129), tool("naïve"), tool("twice"), tool("twice"), {"name": "schemaless"},
    tool("scalar", inputSchema={"type": "string"}), tool("odd", inputSchema=[]),
    tool("infinite", annotations={"a": float("inf")}),
]
PLAIN = tool("plain", description=None, annotations=7, title=9, icons=[], outputSchema={})
FINE = tool("admin.tools_list-1", title="Lists tools", annotations={
    "title": "old", "readOnlyHint": True}, icons=[{"src": "x"}], outputSchema={}, _meta={})


class ManyTools(Server):
    def list(self, params):
        page = int(params.get("cursor", 0))
        names = [tool(f"tool-{page}-{n}") for n in range(10)]
        if sys.argv[1] == "good":
            return {"tools": names, **({"nextCursor": str(page + 1)} if page < 7 else {})}
        if sys.argv[1] == "bad":
            return {"tools": [*BAD, PLAIN, FINE]}
        if sys.argv[1] == "circle":
            return {"tools": names, "nextCursor": str((page + 1) % 3)}
        if sys.argv[1] == "big":
            return {"tools": [tool(f"big-{n}", description="d" * 100_000) for n in range(12)]}
        return {"tools": names, "nextCursor": str(page + 1)}


ManyTools().run()
