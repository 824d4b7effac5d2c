"""Starts a daemon: forked twice, in a session of its own, with none of our descriptors."""
import os
import sys

sys.path.append("..")
from chatd_child import Child, report_grandchild


def daemonise(program, *arguments):
    """The pid of the daemon, once it is in its own session."""
    reader, writer = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.setsid()
        if os.fork() == 0:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.write(writer, b"%d" % os.getpid())
            os.execvp(program, [program, *arguments])
        os._exit(0)
    os.close(writer)
    os.waitpid(middle, 0)
    with os.fdopen(reader, "rb") as pipe:
        return int(pipe.read())


class Parent(Child):
    def initialize(self, params):
        self.pid = daemonise("sleep", "1000")
        report_grandchild(self.pid, self.config)
        return {}

    def message(self, params):
        return {"text": f"grandchild {self.pid}", "data": {"pid": self.pid}}


Parent().run()
