"""Dies of SIGSEGV on each message."""
import os
import resource
import signal
import sys

sys.path.append("..")
from chatd_child import Child, note


class CrashAlways(Child):
    def message(self, params):
        note("dereferencing something")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)


CrashAlways().run()
