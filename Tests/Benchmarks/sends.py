"""People who send as fast as they are acknowledged, each in a thread of their own, with no child
and no assistant: chatd beside C threads that share their flushes, as many bytes each.

What a send makes chatd write is all that a turn does without anybody to answer: the message, the
mark that its turn runs, that it has ended, the index for searching. The floor's record has as many
bytes as chatd has given to the disk for a send in the same repeat, copies into the database
included.
"""

import mmap
import struct
import subprocess

from chatd import Chatd
from rows import Row, Wrong

COUNTS = (1, 8, 64)
CONTENT_BYTES = 200
COUNTED = struct.Struct("=QQ")
# By WebSocket every sender hears what the others send, as the page does.
WAYS = {"post": "POST", "websocket": "WebSocket, heard by all"}


class Flushes:
    """What chatd gives to the disk, as `flushes.c` counts it."""

    def __init__(self, bench):
        self._path = bench.scratch("flushes")
        with open(self._path, "w+b") as file:
            file.truncate(COUNTED.size)
            self._counts = mmap.mmap(file.fileno(), COUNTED.size)
        self.environment = {"LD_PRELOAD": str(bench.build / "flushes.so"),
                            "BENCH_FLUSHES": str(self._path)}

    @property
    def counts(self):
        """Flushes and bytes so far."""
        return COUNTED.unpack(self._counts[:COUNTED.size])


def printed(*command):
    """The figures that a program prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0].name} ended with {done.returncode}: {done.stderr[:500]}")
    return [float(text) for text in done.stdout.split()]


class People:
    """Who sends to one chatd."""

    def __init__(self, bench, chatd, flushes):
        self._bench, self._chatd, self._flushes = bench, chatd, flushes
        self._threads = [chatd.ask("POST", "/api/threads", "{}")["id"] for _ in range(max(COUNTS))]
        self._sent = 0
        self._duration_ms = 200 if bench.quick else 1000

    def send(self, way, count):
        """Acknowledged sends a second of so many people; flushes and bytes for each."""
        port = self._chatd.port if way == "post" else self._chatd.ws_port
        before = self._flushes.counts
        sent, seconds = printed(self._bench.build / "senders", way, port, CONTENT_BYTES,
                                self._duration_ms, *self._threads[:count])
        self._await_turns(count)
        self._sent += sent
        flushed, written = (b - a for a, b in zip(before, self._flushes.counts))
        return sent / seconds, flushed / sent, written / sent

    def commit(self, count, record_bytes):
        """The floor's commits a second, and its flushes for each."""
        done, flushed, seconds = printed(
            self._bench.build / "floor", "commits", self._bench.scratch("commits"), count,
            int(record_bytes), self._duration_ms)
        return done / seconds, flushed / done

    def check(self):
        """What was acknowledged is there, each message once."""
        found = sum(len(self._messages(thread)["messages"]) for thread in self._threads)
        if found != self._sent:
            raise Wrong(f"{self._sent:.0f} messages were acknowledged, {found} are there")

    def _await_turns(self, count):
        """What is still queued has its turn before anything else is measured."""
        while any(self._messages(thread, "&limit=1")["queued"] for thread in self._threads[:count]):
            pass

    def _messages(self, thread, more=""):
        return self._chatd.ask("GET", f"/api/messages?thread={thread}{more}")


def measure(bench, rows):
    """By turns: each way with so many people, and what the floor makes of as many bytes."""
    flushes = Flushes(bench)
    with Chatd(bench, environment=flushes.environment) as chatd:
        people = People(bench, chatd, flushes)
        people.send("post", max(COUNTS))  # after that every thread has its title
        for _ in range(bench.repeats):
            for (way, count), (rate, flush) in rows.items():
                ours, our_flushes, size = people.send(way, count)
                theirs, their_flushes = people.commit(count, size)
                rate.add(ours, theirs)
                flush.add(our_flushes, their_flushes)
                rate.peers.setdefault("bytes a send", size)
        people.check()


def run(bench):
    """For each way and number of senders a row of the rate and one of the flushes."""
    rows = {(way, count): (Row(f"durable sends a second by {name}", count, "1/s", is_rate=True),
                           Row(f"flushes to disk a send by {name}", count, ""))
            for way, name in WAYS.items() for count in COUNTS}
    found = [row for column in zip(*rows.values()) for row in column]
    yield from bench.guarded(found, lambda: measure(bench, rows))
