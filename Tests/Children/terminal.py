"""A terminal with a person at it, for the tests of programs that talk to one."""

import codecs
import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from drive import WAIT_S


class Terminal:
    """A program whose standard streams are a terminal of its own.

    with Terminal([CHATD, "child", "run", folder]) as terminal:
        terminal.expect("ready")
        terminal.type("hello")
        code = terminal.end()
    """

    def __init__(self, command, variables=None):
        self.shown = ""  # all that was
        self._read_from = 0  # what is expected next comes after this
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ours, theirs = pty.openpty()
        self.modes = termios.tcgetattr(theirs)
        self._theirs = theirs  # kept open, so that its modes can be looked at afterwards
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm", **(variables or {})})

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def type(self, line):
        """A line, and Enter."""
        self.press(line + "\n")

    def press(self, keys):
        """Keys, of which "\\x03" is Ctrl-C and "\\x04" Ctrl-D."""
        os.write(self._ours, keys.encode())

    def expect(self, text):
        """Waits until this is shown, after what was expected before: all from there to its end."""
        deadline = time.monotonic() + WAIT_S
        while (at := self.shown.find(text, self._read_from)) < 0:
            if not self._read(deadline):
                raise AssertionError(f"{text!r} is not shown in:\n{self.shown}")
        start, self._read_from = self._read_from, at + len(text)
        return self.shown[start:self._read_from]

    def _read(self, deadline):
        """Reads once; False where nothing comes any more."""
        while True:
            left = min(0.2, deadline - time.monotonic())
            if left <= 0:
                return False
            if select.select([self._ours], [], [], left)[0]:
                self.shown += self._decoder.decode(os.read(self._ours, 65536))
                return True
            if self.process.poll() is not None:
                return False

    def end(self):
        """Waits for the program's end: its exit code, negative for a signal."""
        deadline = time.monotonic() + WAIT_S
        while self._read(deadline):
            pass
        return self.process.wait(WAIT_S)

    def modes_now(self):
        """How the terminal is set now, as `modes` has it from before."""
        return termios.tcgetattr(self._theirs)
