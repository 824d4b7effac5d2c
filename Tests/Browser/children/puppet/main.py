"""Answers with what a message tells it to: tests decide what this child says."""

import json
import sys

sys.path.append("../../../Fixtures/children")
from chatd_child import Child


class Puppet(Child):
    """Says what it is told, and writes that it did to its log."""

    def message(self, params):
        """The JSON object after `puppet:`; anything else is declined."""
        _, mark, words = params["message"]["content"].partition("puppet:")
        if not mark:
            return None
        print("pulled a string", file=sys.stderr, flush=True)
        return json.loads(words)


Puppet().run()
