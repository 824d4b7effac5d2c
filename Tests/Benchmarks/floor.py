"""The C floor as a process: a parent with children of its own, one who reads a database, one who
serves streamed answers, or one who reads them."""

import contextlib
import subprocess
import time

import process
from nest import Nest

# By then what children of a parent that says it is ready have written is in the pipe.
REPORT_S = 5


class Told(contextlib.AbstractContextManager):
    """A floor that does what it is told."""

    def __init__(self, *command):
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def __exit__(self, *failure):
        try:
            self._process.stdin.close()
            process.end(self._process)
        finally:
            self._process.stdout.close()

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


class Floor(Told):
    """A running floor whose children are all ready."""

    def __init__(self, build, count):
        self.nest = Nest()
        self.count = count
        self.asked = 0  # messages, each of all children
        started = time.monotonic_ns()
        super().__init__(build / "floor", build / "child", self.nest.path, str(count))
        try:
            self.start_seconds = (int(self._line().split()[1]) - started) / 1e9
            self.children = self.nest.await_ready(count, REPORT_S)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *failure):
        try:
            super().__exit__(*failure)
        finally:
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


class Reads(Told):
    """A database that SQLite reads for a C program, without anything between them."""

    def __init__(self, build, database):
        super().__init__(build / "floor", "reads", database)

    def pages(self, before, limit, count):
        """What so many readings of the entries before an arrival took, in microseconds."""
        return [float(text) for text in self._tell("page", before, limit, count)]

    def searches(self, expression, limit, count):
        """What so many searches of FTS5's language took, in microseconds."""
        return [float(text) for text in self._tell("search", limit, count, expression)]

    def all(self):
        """Every entry, in bytes a second."""
        size, seconds = self._tell("all")
        return float(size) / float(seconds)


class Messages(Told):
    """A server of the Messages API, on `port`."""

    def __init__(self, build):
        super().__init__(build / "floor", "messages")
        try:
            self.port = int(self._line().split()[1])
        except BaseException:
            self.__exit__()
            raise

    def plan(self, streams, deltas, pause_us):
        """What is streamed next: so many answers of so many deltas each, and how long it is from
        each to the next."""
        self._tell("plan", streams, deltas, pause_us)

    def open(self):
        """Returns once all of them have been asked for and have begun."""
        self._tell("open")

    def send(self):
        """Sends all deltas of all of them."""
        self._tell("send")

    def end(self):
        """Ends them."""
        self._tell("end")


class Client(Told):
    """A program that reads what `Messages` streams, with libcurl, and passes it on to a socket or
    not."""

    def __init__(self, build, port, passes_on=False):
        super().__init__(build / "floor", "passed-on" if passes_on else "deltas", str(port))
        self.pids = [self.pid]

    def ask(self, streams, deltas):
        """Asks for so many streams of so many deltas."""
        self._process.stdin.write(f"read {streams} {deltas}\n")
        self._process.stdin.flush()

    def await_deltas(self):
        """Returns once all deltas have come."""
        if (line := self._line()) != "came\n":
            raise RuntimeError(f"the floor says {line!r}")

    def figures(self):
        """Once the streams have ended: how long it was from the first delta sent to the last one
        that came, and what each took, in microseconds."""
        return [float(text) for text in self._line().split()]
