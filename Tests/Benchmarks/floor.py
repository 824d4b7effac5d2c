"""The C parent as a process, with children of its own."""

import contextlib
import subprocess
import time

import process
from nest import Nest

# By then what children of a parent that says it is ready have written is in the pipe.
REPORT_S = 5


class Floor(contextlib.AbstractContextManager):
    """A running floor whose children are all ready."""

    def __init__(self, build, count):
        self.nest = Nest()
        self.count = count
        self.asked = 0  # messages, each of all children
        started = time.monotonic_ns()
        self._process = subprocess.Popen(
            [build / "floor", build / "child", self.nest.path, str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        try:
            self.start_seconds = (int(self._line().split()[1]) - started) / 1e9
            self.children = self.nest.await_ready(count, REPORT_S)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *failure):
        try:
            self._process.stdin.close()
            process.end(self._process)
        finally:
            self._process.stdout.close()
            self.nest.__exit__()

    def rollups(self, count, pause_us, content_bytes):
        """What so many rollups took, in microseconds."""
        self.asked += count
        return [float(text) for text in self._tell("rollup", count, pause_us, content_bytes)]

    def durable_rollups(self, count, pause_us, content_bytes, path):
        """The same, with message and answers flushed to disk: of each, how long it took from the
        asking to the answers, from the asking to their being on disk, and in all."""
        self.asked += count
        figures = self._tell("durable", count, pause_us, content_bytes, path)
        return list(zip(*[map(float, figures)] * 3))

    def ping(self, interval_ms):
        """Pings every child at this interval from now on."""
        self._tell("ping", interval_ms)

    def _tell(self, *words):
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        figures = []
        while (line := self._line().split()) != ["done"]:
            figures += line
        return figures

    def _line(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the floor ended with {self._process.wait()}")
        return line
