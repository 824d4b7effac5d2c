"""Saves each message as its state, in as many saves as it has words, none of them waited for; with
"bad" as its state it can't start."""
import sys

sys.path.append("..")
from chatd_child import Child, Refusal


class Haunted(Child):
    def initialize(self, params):
        if self.state == "bad":
            sys.exit("what I saved haunts me")
        return {}

    def message(self, params):
        said = params["message"]["content"]
        if said == "state?":
            return {"text": "state", "data": self.state}
        if said == "long":
            try:
                self.ask("state/save", {"state": "x" * (1 << 20)})
            except Refusal as refusal:
                return {"text": refusal.message}
        if said == "none":
            try:
                self.ask("state/save", {})
            except Refusal as refusal:
                return {"text": refusal.message}
        *before, last = said.split()
        for number, word in enumerate(before):
            self.write({"jsonrpc": "2.0", "id": f"save-{number}", "method": "state/save",
                        "params": {"state": word}})
        self.ask("state/save", {"state": last})
        self.state = last
        return {"text": "saved"}


Haunted().run()
