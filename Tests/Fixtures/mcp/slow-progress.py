"""A tool that takes long, and reports its progress; `text` is how often, every 100 ms."""

import time

from mcp_server import Server, tool


class SlowProgress(Server):
    tools = [*Server.tools, tool("work"), tool("work-silently")]

    def call(self, name, given):
        if name.startswith("work"):
            for n in range(int(given["text"])):
                time.sleep(0.1)
                if name == "work":
                    self.send({"method": "notifications/progress", "params": {
                        "progressToken": self.meta["progressToken"], "progress": n}})
        return super().call("echo" if name.startswith("work") else name, given)


SlowProgress().run()
