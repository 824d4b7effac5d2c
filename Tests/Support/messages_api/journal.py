"""What the server keeps while it runs: the requests it got, and the gates at which streams wait."""

import contextlib
import socket
import threading


class Journal:
    """Every request with what became of it.

    A record's `outcome` is `open` at first and in the end `answered`, `refused`, `broken` (by a
    scenario) or `disconnected`; between them it may be `held`, `silent` or `blocked` (the client
    takes nothing).
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._records = []
        self._attempts = {}
        self._script = []

    def open(self, record):
        """Enters a request."""
        with self._changed:
            record["id"] = len(self._records) + 1
            record["outcome"] = "open"
            record["sent"] = 0
            record["attempt"] = None
            self._records.append(record)
            self._changed.notify_all()

    def attempt(self, record, key):
        """The number of a good request among those with the same key, from 1."""
        with self._changed:
            self._attempts[key] = record["attempt"] = self._attempts.get(key, 0) + 1
            return record["attempt"]

    def note(self, record, outcome):
        """Tells what became of a request."""
        with self._changed:
            record["outcome"] = outcome
            self._changed.notify_all()

    def matching(self, containing="", outcome=""):
        """The records whose body contains a text, and with that outcome."""
        with self._changed:
            return self._matching(containing, outcome)

    def _matching(self, containing, outcome):
        return [
            dict(record)
            for record in self._records
            if containing in record["raw"] and outcome in ("", record["outcome"])
        ]

    def wait(self, containing, outcome, count, seconds):
        """The matching records once there are `count` of them; fewer if that takes too long."""
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._matching(containing, outcome)) >= count, timeout=seconds
            )
            return self._matching(containing, outcome)

    def script(self, scenarios):
        """Queues scenarios for the next requests that name none themselves."""
        with self._changed:
            self._script.extend(scenarios)

    def next_scripted(self):
        """The next queued scenario, if there is one."""
        with self._changed:
            return self._script.pop(0) if self._script else None

    def reset(self):
        """Forgets everything."""
        with self._changed:
            self._records.clear()
            self._attempts.clear()
            self._script.clear()


class Gates:
    """Places to wait at, by key. A release lets one through, also one that comes later."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = {}
        self._released = {}

    @contextlib.contextmanager
    def place(self, key):
        """A socket that becomes readable once it is this one's turn to go on."""
        near, far = socket.socketpair()
        with self._lock:
            if self._released.get(key, 0) > 0:
                self._released[key] -= 1
                far.send(b"!")
            else:
                self._waiting.setdefault(key, []).append(far)
        try:
            yield near
        finally:
            with self._lock:
                if far in self._waiting.get(key, []):
                    self._waiting[key].remove(far)
            near.close()
            far.close()

    def release(self, key):
        """Lets one through."""
        with self._lock:
            if self._waiting.get(key):
                self._waiting[key].pop(0).send(b"!")
            else:
                self._released[key] = self._released.get(key, 0) + 1
