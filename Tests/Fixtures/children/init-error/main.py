"""Can't start, and says why."""
import sys

sys.path.append("..")
from chatd_child import Child, Refusal


class InitError(Child):
    def initialize(self, params):
        raise Refusal(-32000, "[config] city is missing: whose weather shall I tell?")


InitError().run()
