"""Takes its time to start, and says so."""

import time

from mcp_server import Server, log


class SlowStart(Server):
    def initialize(self, params):
        log("loading")
        time.sleep(0.7)
        return super().initialize(params)


SlowStart().run()
