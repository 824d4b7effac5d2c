"""Has other tools after a call, and says so then and whenever it is asked for them."""

from mcp_server import Server, log, tool


class ChangesTools(Server):
    listed = 0

    def call(self, name, given):
        self.tools = [tool("echo"), tool("brand-new"), tool("pid", description="changed")]
        self.tell()
        return super().call(name, given)

    def list(self, params):
        self.listed += 1
        log(f"listed {self.listed}")
        self.tell()
        return super().list(params)

    def tell(self):
        self.send({"method": "notifications/tools/list_changed"})


ChangesTools().run()
