"""Does what a message, a call or a tool's arguments say: {"do": …}, in JSON."""
import json
import os
import sys

sys.path.append("..")
from chatd_child import SILENCE, Child, Refusal, note

OBJECT = {"type": "object"}
TOOLS = [
    {"name": "act", "description": "Does what its arguments say", "inputSchema": OBJECT,
     "annotations": {"readOnlyHint": True}},
    {"name": "banned", "description": "", "inputSchema": OBJECT},
    {"name": "plain"},
    {"name": "plain", "description": "another of that name"},
    {"name": "not a name"}, "not a tool", {"name": "bad", "inputSchema": 5},
]


class Relay(Child):
    def initialize(self, params):
        return {"tools": TOOLS}

    def message(self, params):
        try:
            return {"text": "done", "data": self.act(json.loads(params["message"]["content"]))}
        except Refusal as refusal:
            return {"text": refusal.message, "data": {"code": refusal.code}}

    def actor_call(self, params):
        return self.act(params["body"], params["from"])

    def tools_call(self, params):
        done = self.act(params["arguments"])
        if done is SILENCE or "raw" in params["arguments"]:
            return done
        return {"content": [{"type": "text", "text": json.dumps(done)}],
                "isError": params["arguments"].get("is_error", False)}

    def _answer(self, request):
        if request.get("method") == "cancel":
            note("cancelled")
        super()._answer(request)

    def act(self, wish, caller=None):
        match wish["do"]:
            case "echo": return {"heard": wish, "from": caller, "tool": self.request_id is not None}
            case "call": return self.ask("actor/call", {"to": wish["to"], "body": wish["body"]})
            case "hang": note("hangs"); return SILENCE
            case "refuse": raise Refusal(-32050, "not today")
            case "crash": os._exit(3)
            case "post":
                return self.ask("message/post", wish["params"])
            case "post_many":
                for number in range(wish["count"]):
                    self.ask("message/post", {"text": str(number)})
                return {}
            case "crash_in_call":
                self.tell("log", {"message": "calls"})
                self.write({"jsonrpc": "2.0", "id": "last", "method": "actor/call",
                            "params": {"to": wish["to"], "body": wish["body"]}})
                return self._read() and os._exit(3)
            case "partials":
                for _ in range(wish["count"]):
                    self.tell("partial", {"id": self.request_id, "text": "."})
                    self.wait(wish["pause_s"])
                return {"patient": True}
            case "raw": return wish["raw"]
            case "long": return "x" * wish["bytes"]
        raise Refusal(-32602, f"what is {wish['do']}?")


Relay().run()
