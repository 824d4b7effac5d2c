"""Where the children of one parent report: who is ready since when, and how much was answered."""

import contextlib
import mmap
import os
import select
import struct
import tempfile
import time
from dataclasses import dataclass

READY = struct.Struct("=qqq")
TALLY = struct.Struct("=QQQ")


@dataclass(frozen=True)
class Ready:
    """A child that has answered `initialize`; times are the monotonic clock's, in nanoseconds."""

    pid: int
    main_ns: int
    ready_ns: int


@dataclass(frozen=True)
class Tally:
    """What the children have answered since the nest was made."""

    messages: int
    message_bytes: int
    pings: int

    def __sub__(self, other):
        return Tally(self.messages - other.messages, self.message_bytes - other.message_bytes,
                     self.pings - other.pings)


class Nest(contextlib.AbstractContextManager):
    """A folder with a short path that children find in BENCH_FOLDER."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.path = self._folder.name
        os.mkfifo(f"{self.path}/ready", 0o600)
        # For writing too, so that it never ends.
        self._ready = os.open(f"{self.path}/ready", os.O_RDWR | os.O_NONBLOCK)
        with open(f"{self.path}/tally", "w+b") as file:
            file.truncate(TALLY.size)
            self._tally = mmap.mmap(file.fileno(), TALLY.size)

    def __exit__(self, *failure):
        os.close(self._ready)
        self._tally.close()
        self._folder.cleanup()

    def await_ready(self, count, seconds):
        """The next so many children that became ready."""
        children, deadline = [], time.monotonic() + seconds
        while len(children) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._ready], [], [], left)[0]:
                raise TimeoutError(f"{len(children)} of {count} children ready in {seconds} s")
            wanted = READY.size * (count - len(children))
            children += [Ready(*r) for r in READY.iter_unpack(os.read(self._ready, wanted))]
        return children

    @property
    def tally(self):
        """What has been answered so far."""
        return Tally(*TALLY.unpack(self._tally[:TALLY.size]))
