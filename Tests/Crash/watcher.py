"""A client that watches, over chatd's deaths: each time it goes on from where it was."""

import threading
import time

from connection import GONE, Connection
from state import OutOfStep, State

PATIENCE_S = 60  # for turns to end: generous, because the machine may be busy


class Watcher:
    """What one client sees of one run of chatd, in a thread of its own."""

    def __init__(self, port, state):
        self._connection = Connection(port)
        self.state = state
        self.failure = None
        self._has_ended = False
        self._changed = threading.Condition()
        epoch = state.epoch or self._connection.epoch
        self._mark = self._connection.send("subscribe", epoch=epoch, last_seq=state.seq)
        self._thread = threading.Thread(target=self._watch, name="watcher")
        self._thread.start()

    def _watch(self):
        try:
            answer = self._connection.answer(self._mark)
            with self._changed:
                self.state.begin(answer, time.monotonic())
                self._changed.notify_all()
            while True:
                frame = self._connection.receive()
                with self._changed:
                    self.state.take(frame, time.monotonic())
                    self._changed.notify_all()
        except OutOfStep as failure:
            self.failure = failure
        except GONE:
            pass  # chatd has ended, which is what this is about
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def wait_until(self, look, seconds=PATIENCE_S):
        """Waits until `look`, given the state, says yes; whether it did before chatd ended."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._has_ended or (self.state.epoch and look(self.state)), seconds)
            return not self._has_ended and bool(look(self.state))

    def copy(self):
        """The state as it is now."""
        with self._changed:
            return State(self.state)

    def end(self):
        """Ends, when chatd has or before; raises what did not fit."""
        self._thread.join(PATIENCE_S)
        self._connection.close()
        if self.failure:
            raise self.failure
        return self.state
