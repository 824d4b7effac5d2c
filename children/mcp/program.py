"""A program that is spoken to in lines: starts it, listens to it, and ends all that it started."""

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import threading
from collections import deque

from settings import Failure, Misconfigured

LINE_BYTES = 8 * 1024 * 1024  # of a line of the program's; a longer one is dropped
UNREAD_BYTES = 16 * 1024 * 1024  # of ours that it has not read: then it is given no more
END_BYTES = 100  # of either end of such a line are kept
LOG_LINE_BYTES = 4096  # of its standard error, where a longer line is broken
LAST_LINES = 5  # of its standard error are told when it fails
PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}  # another start may succeed
PATIENCE_S = 1.5  # from the end of its standard input to SIGTERM, and from that to SIGKILL


class Program:
    """One run of a program. `take` is awaited with each line; `drop`, where one is too long, with
    how many bytes may be, and with its first and last ones. `ended` is a future of the reason, and
    done once nothing of the program is left."""

    def __init__(self, take, drop):
        self._take, self._drop = take, drop
        self._process = self._life = None
        self._said = deque(maxlen=LAST_LINES)  # on its standard error
        self.ended = asyncio.get_running_loop().create_future()

    async def start(self, settings):
        """Starts it in a session of its own, with our environment but what is chatd's."""
        loop, pipe = asyncio.get_running_loop(), subprocess.PIPE
        ours = {k: v for k, v in os.environ.items() if not k.startswith("CHATD_")}
        try:
            self._process = subprocess.Popen(
                settings.command, cwd=settings.cwd, env={**ours, **settings.env}, stdin=pipe,
                stdout=pipe, stderr=pipe, start_new_session=True)
        except OSError as error:
            kind = Failure if error.errno in PASSING else Misconfigured
            raise kind(f"[config] command: {settings.command[0]} can't be started: "
                       f"{error.strerror}") from error
        errors = threading.Thread(target=self._follow_errors, daemon=True)
        errors.start()
        output = asyncio.StreamReader(limit=LINE_BYTES)
        try:
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output),
                                         self._process.stdout)
            self._input, _ = await loop.connect_write_pipe(
                asyncio.BaseProtocol, self._process.stdin)
        except BaseException:  # we are to end just now: it must not outlive us
            self._signal(signal.SIGKILL)
            self._process.wait()
            raise
        self._life = asyncio.ensure_future(self._live(output, errors))

    def write(self, line):
        """Sends it a line, without its end."""
        if self._input.is_closing():
            raise Failure("the MCP server has closed its standard input")
        if self._input.get_write_buffer_size() > UNREAD_BYTES:
            raise Failure("the MCP server does not read what it is sent")
        self._input.write(line + b"\n")

    def last_words(self):
        """The end of its standard error, if it wrote there."""
        said = "; ".join(line[:200] for line in self._said)
        return f". Its standard error: {said}" if said else ""

    async def stop(self):
        """Ends it and its whole process group: as gently as it lets us, but for sure."""
        if not self._life:
            return
        # What it has not read by now, it is not going to.
        self._input.abort() if self._input.get_write_buffer_size() else self._input.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            await asyncio.wait({self._life}, timeout=PATIENCE_S)
            self._signal(number)
        await self._life

    def _signal(self, number):
        if self._process.returncode is None:  # not reaped: the group's number is still its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def _live(self, output, errors):
        loop = asyncio.get_running_loop()
        listening = asyncio.ensure_future(self._listen(output))
        # WNOWAIT: it is reaped only after its group was killed.
        end = loop.run_in_executor(None, os.waitid, os.P_PID, self._process.pid,
                                   os.WEXITED | os.WNOWAIT)
        await asyncio.wait({listening, end}, return_when=asyncio.FIRST_COMPLETED)
        by_itself, _ = await asyncio.wait({end}, timeout=PATIENCE_S)
        self._signal(signal.SIGKILL)
        await end
        # What it said at last; one that left its group may hold these pipes open for ever.
        await asyncio.wait({listening}, timeout=PATIENCE_S)
        listening.cancel()
        await loop.run_in_executor(None, errors.join, PATIENCE_S)
        code = self._process.wait()
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        self.ended.set_result(
            (f"the MCP server ended with {how}" if by_itself else
             "the MCP server closed its standard output") + self.last_words())

    async def _listen(self, output):
        head = None  # of a line that is being dropped
        while True:
            try:
                line = await output.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                part = await output.readexactly(error.consumed)
                head = head or part[:END_BYTES]
                continue
            except asyncio.IncompleteReadError as error:
                line = error.partial
            if head:
                await self._drop(LINE_BYTES, head + line[-END_BYTES:])
            elif line.strip():
                await self._take(line)
            if not line.endswith(b"\n"):
                return
            head = None

    def _follow_errors(self):
        """Passes its standard error on to ours, which is the log; in a thread of its own, so that
        nothing else has to wait where the log is not read."""
        with self._process.stderr as stream:
            for line in iter(lambda: stream.readline(LOG_LINE_BYTES), b""):
                if line.strip():
                    self._said.append(line.decode(errors="replace").strip())
                with contextlib.suppress(OSError):
                    os.write(2, line)
