"""Takes a message apart, member by member."""
import sys

sys.path.append("..")
from plain_child import Plain, run


class EagerWalnut(Plain):
    KNOWN = ("type id parent thread seq created_at role content to author status error model "
             "stop_reason usage").split()

    def message(self, params):
        for key in params["message"]:
            if key not in self.KNOWN:
                sys.exit(f"a message with {key}?")
        return super().message(params)


run(EagerWalnut)
