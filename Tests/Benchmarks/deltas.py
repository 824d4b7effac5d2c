"""Answers that are streamed through chatd to one WebSocket client, beside a C program that reads
the same streams with libcurl's multi handle and picks out their texts, and one that also passes
them on to a socket.

The Messages API server is the floor's own. Each delta's text is when it was sent, by the clock that
whoever reads it has too. Streams are opened, then all deltas are sent, then the streams are ended;
what is measured is what lies between the first delta and the last one's coming. Nothing is
subtracted from that: chatd's processor time is its own and the warden's, and has in it what chatd
does for an answer on the way, above all that it puts what has come on disk after every 2 KiB or
second of each stream.
"""

import contextlib
import subprocess
import time
from dataclasses import dataclass

import process
from chatd import Chatd
from floor import Client, Messages
from rollup import percentile
from rows import Row, Wrong

CPU_GOAL = 3.0
# Until what begins the streams is done; nothing is awaited.
SETTLE_S = 0.2
# Far longer than the end of an answer takes.
END_S = 20
DELTA_BYTES = 20


@dataclass(frozen=True)
class Load:
    """So many answers at once, of so many deltas each; in each, so long from one to the next."""

    streams: int
    deltas: int
    pause_us: int

    @property
    def count(self):
        """All deltas."""
        return self.streams * self.deltas


# More slowly than chatd joins what comes; as fast as each still comes alone to the floor; as fast
# as models write, all together; as fast as it goes.
ALONE, ONE = Load(1, 200, 10_000), Load(1, 1000, 1000)
HUNDRED, FLOOD = Load(100, 100, 20_000), Load(100, 1000, 0)


class Watched(contextlib.AbstractContextManager):
    """A chatd, one of whose WebSocket clients asks for answers and watches them come."""

    def __init__(self, bench, chatd):
        self.pids = chatd.pids
        self._chatd = chatd
        self._program = bench.build / "watcher"
        self._watcher = None
        self._threads, self._bytes = [], 0

    def __exit__(self, *failure):
        self._leave()

    def ask(self, streams, deltas):
        """Asks in so many new threads for answers of so many deltas."""
        self._threads = [self._chatd.ask("POST", "/api/threads", "{}")["id"]
                         for _ in range(streams)]
        self._bytes = deltas * DELTA_BYTES
        self._watcher = subprocess.Popen(
            [self._program, str(self._chatd.ws_port), str(deltas), *self._threads],
            stdout=subprocess.PIPE, text=True)

    def await_deltas(self):
        """Returns once all deltas have come."""
        if (line := self._watcher.stdout.readline()) != "came\n":
            raise RuntimeError(f"the watcher ended with {self._watcher.wait(END_S)}: {line!r}")

    def figures(self):
        """As the floor's, once every answer is stored whole."""
        found = [float(text) for text in self._watcher.stdout.readline().split()]
        self._leave()
        deadline = time.monotonic() + END_S
        while not all(map(self._is_whole, self._threads)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"answers have not ended after {END_S} s")
        return found

    def _leave(self):
        """Ends the client, if there is one; it has nothing to do any more."""
        left, self._watcher = self._watcher, None
        if left:
            left.kill()
            left.wait()
            left.stdout.close()

    def _is_whole(self, thread):
        answer = self._chatd.ask("GET", f"/api/messages?thread={thread}&limit=1")["messages"][-1]
        if answer["status"] != "complete":
            return False
        if len(answer["content"]) != self._bytes:
            raise Wrong(f"an answer of {len(answer['content'])} bytes, not {self._bytes}")
        return True


def stream(server, side, load):
    """The figures of one streaming."""
    server.plan(load.streams, load.deltas, load.pause_us)
    side.ask(load.streams, load.deltas)
    server.open()
    time.sleep(SETTLE_S)  # what is measured begins with the first delta
    before = sum(map(process.cpu_seconds, side.pids))
    server.send()
    side.await_deltas()
    used = sum(map(process.cpu_seconds, side.pids)) - before
    server.end()
    took, *delays = side.figures()
    if len(delays) != load.count:
        raise Wrong(f"{len(delays)} deltas of {load.count}")
    return {"cpu": used * 1e6 / load.count, "wall": took / 1000,
            "p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99)}


def measure(bench, rows):
    """By turns: each load, read by the floors and through chatd."""
    with Messages(bench.build) as server, Client(bench.build, server.port) as floor, Client(
            bench.build, server.port, passes_on=True) as passing, Chatd(
            bench, assistant="claude", environment={
                "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{server.port}",
                "ANTHROPIC_API_KEY": "any"}) as chatd, Watched(bench, chatd) as watched:
        for side in (floor, passing, watched):
            stream(server, side, FLOOD)  # to be warm
        for _ in range(bench.repeats):
            for load, found in rows.items():
                theirs, passed, ours = (
                    stream(server, side, load) for side in (floor, passing, watched))
                theirs["passed"], ours["passed"] = passed["cpu"], ours["cpu"]
                for figure, row in found.items():
                    row.add(ours[figure], theirs[figure])


def rows_for(what, load, figures):
    """A load's rows."""
    rows = {
        "cpu": Row(f"CPU a delta, {what}", load.streams, "µs", goal=CPU_GOAL),
        "passed": Row(f"the same, the floor passes it on, {what}", load.streams, "µs",
                      goal=CPU_GOAL),
        "wall": Row(f"first delta sent to the last one come, {what}", load.streams, "ms"),
        "p50": Row(f"delta sent to come, {what}, p50", load.streams, "µs"),
        "p99": Row(f"delta sent to come, {what}, p99", load.streams, "µs"),
    }
    return {figure: rows[figure] for figure in figures}


def run(bench):
    """The rows of all loads, each with the figures that its pace leaves a meaning."""
    rows = {load: rows_for(what, load, figures) for load, what, figures in (
        (ALONE, "one each 10 ms", ("cpu", "passed", "p50", "p99")),
        (ONE, "one a ms", ("cpu", "passed", "p50", "p99")),
        (HUNDRED, "50 a s each", ("cpu", "passed", "wall", "p50", "p99")),
        (FLOOD, "all at once", ("cpu", "passed", "wall")))}
    found = [row for each in rows.values() for row in each.values()]
    yield from bench.guarded(found, lambda: measure(bench, rows))
