"""Gives a message back as text, html and data, in its log, or as the reason why it fails."""

import sys

sys.path.append("../../../Fixtures/children")
from chatd_child import Child, Refusal, note


class Parrot(Child):
    """Says what it hears; what begins with `fail:` is the message of its error."""

    def message(self, params):
        """All of the message, wherever it may stand."""
        said = params["message"]["content"]
        print(said, flush=True)
        note(said)
        if said.startswith("fail:"):
            raise Refusal(-32000, said.removeprefix("fail:"))
        self.tell("log", {"level": "info", "message": said})
        half = len(said) // 2
        for piece in (said[:half], said[half:]):
            self.tell("partial", {"id": self.request_id, "text": piece})
        data = {"said": said, said: [said], "__proto__": {"polluted": said}, "constructor": said}
        return {"text": said, "html": said, "data": data}


Parrot().run()
