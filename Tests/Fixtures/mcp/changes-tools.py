"""Has other tools after each call, and says so, over and over."""

from mcp_server import Server, log, tool


class ChangesTools(Server):
    listed = 0

    def call(self, name, given):
        self.tools = [tool("echo"), tool("brand-new"), tool("pid", description="changed")]
        for _ in range(20):
            self.send({"method": "notifications/tools/list_changed"})
        return super().call(name, given)

    def list(self, params):
        self.listed += 1
        log(f"listed {self.listed}")
        return super().list(params)


ChangesTools().run()
