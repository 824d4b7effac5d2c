"""`kill -9` of a child until the next one has come, by that child's own clock on both sides."""

import os
import signal
import statistics
import time

from chatd import Chatd
from floor import Floor
from rows import Row, Wrong

REPLACED_S = 20


def kill(parent, pid):
    """Kills a child; how long until the next one's main began and until it had answered
    `initialize`, in milliseconds, and its number."""
    killed = time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)
    child, = parent.nest.await_ready(1, REPLACED_S)
    if child.pid == pid:
        raise Wrong(f"child {pid} was killed and reports anew")
    return (child.main_ns - killed) / 1e6, (child.ready_ns - killed) / 1e6, child.pid


def measure(bench, rows):
    """Kills one child of each side in turn."""
    size = 4 if bench.quick else 25
    with Chatd(bench, 1) as chatd, Floor(bench.build, 1) as floor:
        theirs = floor.children[0].pid
        for _ in range(bench.repeats):
            ours_ms, theirs_ms = [], []
            for _ in range(size):
                # By the number that chatd reports, once it says that the child is ready.
                status, = chatd.await_all(lambda status: status["state"] == "ready")
                *figures, pid = kill(chatd, status["pid"])
                ours_ms.append(figures)
                *figures, theirs = kill(floor, theirs)
                theirs_ms.append(figures)
            for column, row in enumerate(rows):
                row.add(statistics.median(figures[column] for figures in ours_ms),
                        statistics.median(figures[column] for figures in theirs_ms))
        status, = chatd.await_all(lambda status: status["state"] == "ready")
        if status["pid"] != pid or status["restarts"] != size * bench.repeats:
            raise Wrong(f"after {size * bench.repeats} kills chatd says {status}")


def run(bench):
    """Both rows."""
    rows = [
        Row("kill -9 to the replacement's main, p50", 1, "ms", goal=2.0),
        Row("kill -9 to the replacement's answer to initialize, p50", 1, "ms", goal=2.0),
    ]
    yield from bench.guarded(rows, lambda: measure(bench, rows))
