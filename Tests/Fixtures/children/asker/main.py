"""Asks for the history on each message, and tells what came or why nothing did."""
import sys

sys.path.append("..")
from chatd_child import Child, Refusal


class Asker(Child):
    def message(self, params):
        try:
            entries = self.ask("history/get", {"limit": 50})["messages"]
        except Refusal as refusal:
            return {"text": f"refused: {refusal.message}", "data": {"code": refusal.code}}
        return {"text": f"{len(entries)} entries", "data": {"ids": [e["id"] for e in entries]}}


Asker().run()
