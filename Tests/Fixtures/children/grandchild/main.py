"""Starts a process in its own session, which holds its log open and does not end with it."""
import subprocess
import sys

sys.path.append("..")
from chatd_child import Child, report_grandchild


class Parent(Child):
    def initialize(self, params):
        self.started = subprocess.Popen(["sleep", "1000"])
        report_grandchild(self.started.pid, self.config)
        return {}

    def message(self, params):
        return {"text": f"grandchild {self.started.pid}", "data": {"pid": self.started.pid}}


Parent().run()
