"""Two hundred children: how long their start takes, what keeping them costs."""

import time

import process
from chatd import Chatd
from floor import Floor
from rows import Row, Wrong

COUNT = 200
PING_MS = 500
# Until everything that a start leaves to be done is done.
SETTLE_S = 2


def start(bench, rows):
    """Starts all of them, by turns."""
    with Chatd(bench, COUNT) as chatd:
        chatd.stop()  # the first start of all makes the database
        for _ in range(bench.repeats):
            with Floor(bench.build, COUNT) as floor:
                pass
            chatd.start()
            rows[0].add(chatd.start_seconds * 1000, floor.start_seconds * 1000)
            if any(status["restarts"] for status in chatd.statuses()):
                raise Wrong("a child had to be started twice")
            chatd.stop()


def idle_cpu(pids, nest, seconds):
    """CPU time a second in milliseconds, and the pings answered a second, over so long."""
    time.sleep(SETTLE_S)  # nothing is awaited: what is measured is that nothing happens
    before, pings, began = [process.cpu_seconds(pid) for pid in pids], nest.tally.pings, now()
    time.sleep(seconds)  # the time over which is measured
    used = sum(process.cpu_seconds(pid) for pid in pids) - sum(before)
    took = now() - began
    return used * 1000 / took, (nest.tally.pings - pings) / took


def now():
    """The monotonic clock."""
    return time.monotonic()


def idle(bench, rows):
    """Lets all of them be, pinged, by turns."""
    seconds = 2 if bench.quick else 10
    for _ in range(bench.repeats):
        with Floor(bench.build, COUNT) as floor:
            floor.ping(PING_MS)
            theirs, floor_pings = idle_cpu([floor.pid], floor.nest, seconds)
        with Chatd(bench, COUNT, ping_ms=PING_MS) as chatd:
            ours, chatd_pings = idle_cpu(chatd.pids, chatd.nest, seconds)
        if abs(chatd_pings / floor_pings - 1) > 0.1:
            raise Wrong(f"{chatd_pings:.0f} pings a second, of the floor {floor_pings:.0f}")
        rows[0].add(ours, theirs)


def resident(bench, make, pids):
    """Resident memory in KB of a parent, its children left out."""
    with make() as parent:
        time.sleep(SETTLE_S)  # until nothing happens any more
        return sum(process.resident_kb(pid) for pid in pids(parent))


def chatd_resident(bench, count=0, children=None):
    """chatd's with so many benchmark children, or with the examples."""
    def pids(chatd):
        # Of the examples only some are started with chatd.
        chatd.await_all(lambda status: status["state"] == "ready" or status["wanted"] == "down")
        return chatd.pids
    return resident(bench, lambda: Chatd(bench, count, 500, children), pids)


def memory(bench, rows):
    """Alone, with the examples, and what each of many children adds to the first one."""
    alone, examples, each = rows
    for _ in range(min(bench.repeats, 3)):
        alone.add(chatd_resident(bench))
        examples.add(chatd_resident(bench, children=bench.root / "children"))
        ours = [chatd_resident(bench, count) for count in (1, COUNT)]
        theirs = [resident(bench, lambda: Floor(bench.build, n), lambda floor: [floor.pid])
                  for n in (1, COUNT)]
        each.add(*((many - one) / (COUNT - 1) for one, many in (ours, theirs)))


def run_start(bench):
    """The start's row."""
    rows = [Row("exec of the parent to the last child ready", COUNT, "ms", goal=2.0)]
    yield from bench.guarded(rows, lambda: start(bench, rows))


def run_idle(bench):
    """The row of what idling costs."""
    rows = [Row(f"CPU of an idle second, a ping every {PING_MS} ms each", COUNT, "ms", goal=1.5)]
    yield from bench.guarded(rows, lambda: idle(bench, rows))


def run_memory(bench):
    """The rows of memory; chatd is itself and the warden, without its children."""
    rows = [
        Row("resident, chatd and warden, no child", 0, "KB"),
        Row("resident, chatd and warden, the example children", 4, "KB"),
        Row("resident, each child more in chatd and warden", COUNT, "KB", goal=60, absolute=True),
    ]
    yield from bench.guarded(rows, lambda: memory(bench, rows))
