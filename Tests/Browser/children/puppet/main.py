"""Answers with what a message tells it to: tests decide what this child says, and what it logs."""

import json
import sys

sys.path.append("../../../Fixtures/children")
from chatd_child import Child


class Puppet(Child):
    """Says what it is told, and writes that it did to its log."""

    def message(self, params):
        """The JSON object after `puppet:`; anything else is declined.

        Its `log` is written to standard error, then so many lines as `flood` says to standard
        output.
        """
        _, mark, words = params["message"]["content"].partition("puppet:")
        if not mark:
            return None
        print("pulled a string", file=sys.stderr, flush=True)
        said = json.loads(words)
        for line in said.pop("log", []):
            print(line, file=sys.stderr, flush=True)
        for number in range(1, said.pop("flood", 0) + 1):
            print(f"line {number}")
        sys.stdout.flush()
        return said


Puppet().run()
