"""Answers no call of its tool `hang`; says how often such a call was cancelled."""

from mcp_server import SILENCE, Server, log, text, tool


class HangsInCall(Server):
    tools = [*Server.tools, tool("hang"), tool("late")]
    hanging = None

    def call(self, name, given):
        if name == "hang":
            self.hanging = self.request_id
            log("hanging")
            return SILENCE
        if name == "late":  # answers what hung, after all
            self.send({"id": self.hanging, "result": text("late")})
        return super().call("echo" if name == "late" else name, given)

    def notice(self, method, params):
        if method == "notifications/cancelled":
            right = "rightly" if params["requestId"] == self.hanging else "wrongly"
            log(f"cancelled {right}")


HangsInCall().run()
