"""A message to N children and their rollup: chatd beside a C parent, at the same pace.

What chatd does on the way that the plain fan-out does not (queue, collector, database, WebSocket)
is in rows of its own, against a floor that flushes message and answers to disk as well.
"""

import json
import time

from chatd import Chatd
from floor import Floor
from rows import Row, Wrong
from websocket import WebSocket

COUNTS = (1, 8, 32, 128)
CONTENT = "x" * 48
# After each rollup, on both sides, so that chatd's turn has ended before the next begins.
PAUSE_US = 4000


class Sender:
    """A client that sends messages and takes the time of what comes back."""

    def __init__(self, chatd):
        self._chatd = chatd
        self._socket = WebSocket(chatd.ws_port)

    def close(self):
        """Leaves."""
        self._socket.close()

    def rollups(self, count):
        """As the floor's `durable_rollups`, of so many messages whose turn began at once: one that
        was queued behind the end of the turn before took another way, and is left out."""
        found = []
        for _ in range(2 * count):
            time.sleep(PAUSE_US / 1e6)  # the pause itself, which the floor makes too
            figures, was_queued = self._rollup()
            if not was_queued:
                found.append(figures)
            if len(found) == count:
                return found
        raise Wrong(f"only {len(found)} of {2 * count} messages began their turn at once")

    def _rollup(self):
        self._chatd.asked += 1
        sent = time.perf_counter_ns()
        self._socket.send(f'{{"type":"send_message","content":"{CONTENT}"}}')
        stored, was_queued = None, False
        while True:
            frame = self._socket.receive()
            now = time.perf_counter_ns()
            if not frame.startswith(b'{"type":"message_update"'):
                if frame.startswith(b'{"type":"error"'):
                    raise Wrong(f"chatd refused a message: {frame!r}")
            elif b'"type":"Rollup"' in frame:
                inside = self._inside(json.loads(frame)["messages"][0])
                return (inside, (now - stored) / 1000, (now - sent) / 1000), was_queued
            elif b'"status":"queued"' in frame:
                was_queued = True
            else:
                stored = stored or now

    def _inside(self, rollup):
        responses = rollup["child_responses"]
        replied = sum(response["status"] == "replied" for response in responses)
        if replied != self._chatd.count:
            raise Wrong(f"{replied} of {self._chatd.count} children replied")
        return max(response["latency_ms"] for response in responses) * 1000


def percentile(figures, part):
    """The figure below which that part of them lies."""
    return sorted(figures)[min(len(figures) - 1, int(len(figures) * part))]


def rows_for(n):
    """The rows of one number of children, by what of a rollup they measure and how."""
    easy = 2.5 if n == 1 else 1.5
    rows = {
        (0, 0.5): Row("fan-out, ask to last answer by chatd's clock, p50", n, "µs", goal=easy),
        (0, 0.99): Row("fan-out, ask to last answer by chatd's clock, p99", n, "µs", goal=2.0),
        (1, 0.5): Row("message stored to rollup stored, by WebSocket, p50", n, "µs"),
        (1, 0.99): Row("message stored to rollup stored, by WebSocket, p99", n, "µs"),
    }
    if n == 8:
        rows[2, 0.5] = Row("send to rollup stored, by WebSocket, p50", n, "µs", goal=2.0)
    return rows


def check(chatd, floor):
    """Both sides' children have answered all that was asked, and were asked about the same."""
    for side in (chatd, floor):
        answered = side.nest.tally.messages
        if answered != side.count * side.asked:
            raise Wrong(f"{type(side).__name__}: {answered} answers, not "
                        f"{side.count} times {side.asked}")
    sizes = [side.nest.tally.message_bytes / side.nest.tally.messages for side in (chatd, floor)]
    if abs(sizes[0] / sizes[1] - 1) > 0.05:
        raise Wrong(f"requests of {sizes[0]:.0f} bytes, of the floor {sizes[1]:.0f}")


def measure(bench, n, rows):
    """Fills the rows of one number of children."""
    size = 20 if bench.quick else 200
    with Chatd(bench, n) as chatd, Floor(bench.build, n) as floor:
        chatd.await_all(lambda status: status["state"] == "ready")
        file = bench.scratch("rollups")
        sender = Sender(chatd)
        try:
            sender.rollups(5)
            for _ in range(bench.repeats):
                theirs = floor.durable_rollups(size, PAUSE_US, len(CONTENT), file)
                ours = sender.rollups(size)
                for (column, part), row in rows.items():
                    row.add(percentile([figures[column] for figures in ours], part),
                            percentile([figures[column] for figures in theirs], part))
            # What the parent takes where nothing lets its caches cool and its processors sleep.
            hot = floor.rollups(size, 0, len(CONTENT))
        finally:
            sender.close()
        for (column, part), row in rows.items():
            if column == 0:
                row.peers["floor without pauses"] = percentile(hot, part)
        check(chatd, floor)


def run(bench):
    """All rows, by the number of children."""
    for n in COUNTS:
        rows = rows_for(n)
        yield from bench.guarded(list(rows.values()), lambda: measure(bench, n, rows))
