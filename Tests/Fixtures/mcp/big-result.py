"""Results of any size: `text` is how many characters, of the kind that the tool is named for."""

from mcp_server import Server, text, tool

BLOCKS = {
    "plain": lambda size: text("a" * size),
    "escaped": lambda size: text("\0\"\U0001f99c" * (size // 3)),
    "many": lambda size: {"content": [{"type": "text", "text": "b" * 1000}] * (size // 1000)},
    "picture": lambda size: {"content": [
        {"type": "text", "text": "look"},
        {"type": "image", "data": "c" * size, "mimeType": "image/png"}]},
    "structured": lambda size: text("{}", structuredContent={"a": "d" * size}, isError=True),
}


class BigResult(Server):
    tools = [tool(name) for name in BLOCKS]

    def call(self, name, given):
        return BLOCKS[name](int(given["text"]))


BigResult().run()
