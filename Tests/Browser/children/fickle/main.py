"""Dies of a message at first, and answers it when it is asked again: a retry that succeeds."""

import os
import sys

sys.path.append("../../../Fixtures/children")
from chatd_child import Child, note


class Fickle(Child):
    """Takes heart at the second attempt."""

    def message(self, params):
        """Attempt 1 is more than it can bear."""
        if params["attempt"] == 1:
            note("this is too much for me")
            os._exit(1)
        return {"text": f"attempt {params['attempt']} was easy"}


Fickle().run()
