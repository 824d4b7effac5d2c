"""Says it again."""
import json
import sys

sys.path.append("..")
from plain_child import Plain, run


class RuggedViolin(Plain):
    def message(self, params):
        return {"text": params["message"]["content"]}

    def write(self, message):
        self.send(json.dumps(message).encode())


run(RuggedViolin)
