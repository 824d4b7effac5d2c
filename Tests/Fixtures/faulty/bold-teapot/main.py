"""Has company."""
import subprocess
import sys

sys.path.append("..")
from plain_child import Plain, run


class BoldTeapot(Plain):
    def initialize(self, params):
        self.company = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return super().initialize(params)


run(BoldTeapot)
