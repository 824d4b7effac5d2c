"""Ready, then deaf: it reads no more, so that what is sent to it piles up."""
import sys

sys.path.append("..")
from chatd_child import Child, note, outlive


class Deaf(Child):
    def _answer(self, request):
        super()._answer(request)
        if request.get("method") == "initialize":
            note("deaf from now on")
            outlive()


Deaf().run()
