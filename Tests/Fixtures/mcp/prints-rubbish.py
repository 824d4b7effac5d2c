"""Prints what is no MCP to its standard output, before and between its answers."""

from mcp_server import Server, tool


class PrintsRubbish(Server):
    tools = [*Server.tools, tool("chatter")]

    def initialize(self, params):
        self.write("Welcome to the weather!\n\n  \n\x1b[32mready\x1b[0m \ufffd\n")
        return super().initialize(params)

    def call(self, name, given):
        if name == "chatter":
            for n in range(int(given["text"])):
                self.write(f"chatter {n}\n")
        return super().call("echo" if name == "chatter" else name, given)


PrintsRubbish().run()
