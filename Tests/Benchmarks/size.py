"""How long reading takes with ten entries and with a million: a page, opening, searching, starting;
and what memory that takes.

Beside each figure stands what SQLite takes in a C program for as many rows of the same database, by
the primary key or by FTS5, without a server, a path through branches, ranking or snippets. Whether
it is flat is told by rows of their own, beside the smallest size whose answer is as large, both
measured by turns: ten entries make no snapshot of a hundred, and a thousand have no five hundred
in which two words meet.
"""

import json
import os
import statistics
import time
from contextlib import ExitStack, closing
from urllib.parse import quote

import fill
import process
from chatd import Chatd
from floor import Reads
from http_reader import HTTPReader
from rollup import percentile
from rows import Row, Wrong
from turns import EVEN, FREQUENT, MIDDLING, ODD, RARE
from websocket import WebSocket

SIZES = (10, 1_000, 100_000, 1_000_000)
PAGE, OPENING, COMPARED = 50, 100, 500  # entries: asked for, in a snapshot, ranked by a search
FLAT = 2.0
START_MS = 1000
# To fill a million, check them, and measure.
MOST_S = 1200

# What is typed, and what FTS5 is asked for it.
SEARCHES = {
    "a frequent word": (f"{FREQUENT} ", FREQUENT),
    "a rare word": (f"{RARE} ", RARE),
    "two words": (f"{FREQUENT} {MIDDLING} ", f"{FREQUENT} AND {MIDDLING}"),
    "an unfinished word": (FREQUENT[:4], f"{FREQUENT[:4]} *"),
    "words that never meet": (f"{EVEN} {ODD} ", f"{EVEN} AND {ODD}"),
}
# The smallest size whose answer is as large as those of all that are larger. What finds nothing has
# none: all of the log is passed over.
FIGURES = {
    "page at the head": 10,
    "page in the middle": 10,
    "opening": 1_000,
    "search for a frequent word": 1_000,
    "search for a rare word": 10,
    "search for two words": 100_000,
    "search for an unfinished word": 1_000,
    "search for words that never meet": None,
}


class Reading:
    """One size's chatd and floor, side by side over the same database."""

    def __init__(self, bench, stack, filled):
        self.filled = filled
        self._chatd = stack.enter_context(Chatd(bench, data=filled.data))
        self._floor = stack.enter_context(Reads(bench.build, filled.database))
        self._http = stack.enter_context(closing(HTTPReader(self._chatd.port)))

    def figures(self, count):
        """What each thing took so many times, in microseconds: of chatd, and of the floor."""
        last, middle = self.filled.entry_count + 1, self.filled.entry_count // 2 + 1
        before = f"/api/messages?limit={PAGE}&before={self.filled.middle}"
        found = {
            "page at the head": (self._timed(f"/api/messages?limit={PAGE}", count),
                                 self._floor.pages(last, PAGE, count)),
            "page in the middle": (self._timed(before, count),
                                   self._floor.pages(middle, PAGE, count)),
            "opening": ([self._open() for _ in range(count)],
                        self._floor.pages(last, OPENING, count)),
        }
        for name, (typed, expression) in SEARCHES.items():
            fewer = count if name != "words that never meet" else max(2, count // 20)
            found[f"search for {name}"] = (
                self._timed(f"/api/search?q={quote(typed)}", fewer),
                self._floor.searches(f"{{text}} : ({expression})", COMPARED, fewer))
        return found

    def _timed(self, path, count):
        figures = []
        for _ in range(count):
            began = time.perf_counter_ns()
            self._http.get(path)
            figures.append((time.perf_counter_ns() - began) / 1000)
        return figures

    def _open(self):
        """A new WebSocket, until it has what a page shows first."""
        began = time.perf_counter_ns()
        socket = WebSocket(self._chatd.ws_port)
        socket.send('{"type":"subscribe"}')
        while not (frame := socket.receive()).startswith(b'{"type":"subscribed"'):
            pass
        took = (time.perf_counter_ns() - began) / 1000
        socket.close()
        shown = min(OPENING, self.filled.entry_count)
        # Of main alone, which has nearly all.
        if not 0.9 * shown <= len(json.loads(frame)["messages"]) <= shown:
            raise Wrong("the snapshot is not what it should be")
        return took


def measure_reading(bench, databases, rows, flat):
    """All sizes by turns, so that what disturbs one disturbs the others."""
    count = 20 if bench.quick else 100
    with ExitStack() as stack:
        readings = [Reading(bench, stack, filled) for filled in databases]
        for reading in readings:
            reading.figures(4)
        for _ in range(bench.repeats):
            medians = {}
            for reading in readings:
                size = reading.filled.entry_count
                for name, (ours, theirs) in reading.figures(count).items():
                    medians[name, size] = statistics.median(ours)
                    for part in (0.5, 0.99):
                        rows[name, size, part].add(
                            percentile(ours, part), percentile(theirs, part))
            for (name, least), row in flat.items():
                row.add(medians[name, databases[-1].entry_count] / medians[name, least])


def start_ms(chatd):
    """From exec until /readyz says so."""
    chatd.start()
    with closing(HTTPReader(chatd.port)) as http:
        http.get("/readyz")
    return (time.time() - chatd.started_at) * 1000


def forget(path):
    """Has the kernel drop what it has of a file in memory."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure_start(bench, databases, rows):
    """Starts each size by turns, its file in memory and not."""
    with ExitStack() as stack:
        sides = [(filled, stack.enter_context(Chatd(bench, data=filled.data)))
                 for filled in databases]
        for _, chatd in sides:
            chatd.stop()
        for _ in range(bench.repeats):
            for filled, chatd in sides:
                for is_known in (True, False):
                    if not is_known:
                        forget(filled.database)
                    rows[filled.entry_count, is_known].add(start_ms(chatd))
                    chatd.stop()


def measure_whole(bench, filled, rows):
    """The whole of thread main by one request, and the memory before, meanwhile and after."""
    after_start, after_search, peak, after, rate = rows
    for _ in range(min(bench.repeats, 3)):
        with Chatd(bench, data=filled.data) as chatd, Reads(bench.build, filled.database) as floor:
            with closing(HTTPReader(chatd.port)) as http:
                http.get("/readyz")
                after_start.add(process.resident_kb(chatd.pid))
                for typed, _ in SEARCHES.values():
                    http.get(f"/api/search?q={quote(typed)}")
                after_search.add(process.resident_kb(chatd.pid))
                process.forget_peak(chatd.pid)
                began = time.perf_counter()
                size = http.drain("/api/messages")
                took = time.perf_counter() - began
            if size < filled.path_bytes:
                raise Wrong(f"{size} bytes of a thread that has {filled.path_bytes}")
            peak.add(process.peak_kb(chatd.pid))
            after.add(process.resident_kb(chatd.pid))
            rate.add(size / took / 2**20, floor.all() / 2**20)


def run(bench):
    """Rows for each size, then those that say whether they are flat, then of the largest alone."""
    sizes = SIZES[:-1] if bench.quick else SIZES
    reading = {(name, size, part): Row(f"{name}, p{part * 100:.0f}", size, "µs")
               for name in FIGURES for size in sizes for part in (0.5, 0.99)}
    flat = {(name, least): Row(f"{name}, p50, beside {least:,} entries", sizes[-1], "×",
                               goal=FLAT, absolute=True)
            for name, least in FIGURES.items() if least in sizes[:-1]}
    start = {(size, is_known): Row(
        "exec to /readyz" + ("" if is_known else ", the file not in memory"), size, "ms",
        goal=START_MS, absolute=True) for size in sizes for is_known in (True, False)}
    whole = [Row(f"resident, {when}", sizes[-1], "KB") for when in (
        "after the start", "after searches", "most while all of a thread is streamed",
        "after that")] + [Row("all of a thread, streamed", sizes[-1], "MiB/s", is_rate=True)]
    found = [*reading.values(), *flat.values(), *start.values(), *whole]

    def measure():
        databases = fill.filled(bench, sizes)
        measure_reading(bench, databases, reading, flat)
        measure_start(bench, databases, start)
        measure_whole(bench, databases[-1], whole)

    yield from bench.guarded(found, measure, MOST_S)
