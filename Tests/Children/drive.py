"""Plays chatd for one generation of one child, so that a test can say what chatd would.

    with Chatd(folder) as chatd:
        chatd.initialize()
        assert chatd.say("hello")["text"] == "echo: hello"
        assert chatd.shut_down() == 0

It keeps to the contract's §6 as chatd does (environment, session, socket, order of the keys), holds
the child to it, and leaves no process behind. Each frame of either side is held to the schemas in
`children/schema`; what chatd would never say goes by `write` and `encode`.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import tomllib
from collections import deque

import schemas

WAIT_S = 30  # for anything that has to come: generous, because the machine may be busy
FRAME_BYTES = 1024 * 1024  # the most that a child may send
LOG_LINES = 2000  # kept of what it writes
REFUSED = -32001


class Unexpected(AssertionError):
    """The child did what the contract rules out."""


class Chatd:
    """chatd's side of one child: its socket, its process, its log."""

    def __init__(self, folder, *, state=None, config=None, environment=None, path=(), generation=1):
        self.folder = os.path.abspath(folder)
        with open(os.path.join(self.folder, "manifest.toml"), "rb") as file:
            self.manifest = tomllib.load(file)
        self.config = {**self.manifest.get("config", {}), **(config or {})}
        self.state = state  # what `state/save` left, or what an earlier generation had
        self.generation = generation
        self.saves = True  # False refuses `state/save`
        self.history = []  # what `history/get` reads, oldest first; None refuses it
        self.posts = []  # the params of each `message/post`; None refuses it
        self.notifications = []  # as (method, params)
        self.connection = None
        self.log = Log()
        self._answers = {}  # read, but not yet asked for, by id
        self._methods = {}  # what was asked, by id
        self._last_id = 0
        self._environment = {
            "PATH": os.pathsep.join([*path, os.environ["PATH"]]),
            "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", "TZ": "UTC",
            **self.manifest.get("env", {}), **(environment or {}),
        }

    def __enter__(self):
        with contextlib.ExitStack() as clean_up:
            place = clean_up.enter_context(tempfile.TemporaryDirectory(prefix="child-"))
            self.address = os.path.join(place, "s")
            self.listener = clean_up.enter_context(socket.socket(socket.AF_UNIX))
            self.listener.bind(self.address)
            self.listener.listen()
            self.listener.settimeout(WAIT_S)
            self.process = subprocess.Popen(
                self.manifest["command"], cwd=self.folder, start_new_session=True,
                env={**self._environment, "CHATD_SOCKET": self.address},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            clean_up.callback(self._end)
            self.log.follow(self.process.stdout, self.process.stderr)
            self._clean_up = clean_up.pop_all()
        return self

    def __exit__(self, *failure):
        self._clean_up.close()

    def _end(self):
        if self.connection:
            self.connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # grandchildren in its session, too
        self.process.wait()

    # Writing.

    def encode(self, message):
        """A frame with a message as chatd writes it: compact, UTF-8 unescaped, whatever it says."""
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False,
                          separators=(",", ":")).encode()
        return len(body).to_bytes(4, "big") + body

    def request(self, method, params, *, is_right=True):
        """A request with the next id, and that id: to be written by `write`. One that is not right
        is what chatd would never ask."""
        self._last_id += 1
        self._methods[self._last_id] = method
        message = {"id": self._last_id, "method": method, "params": params}
        return self._last_id, self._checked(message) if is_right else self.encode(message)

    def _checked(self, message):
        schemas.check_frame({"jsonrpc": "2.0", **message}, "chatd")
        return self.encode(message)

    def write(self, data):
        """Bytes to the child, whatever they are."""
        self.connection.sendall(data)

    def notify(self, method, params, *, is_right=True):
        """A notification to the child."""
        message = {"method": method, "params": params}
        self.write(self._checked(message) if is_right else self.encode(message))

    # Reading.

    def read(self):
        """The next frame's message; None at the end of the stream."""
        header = self._read_exactly(4)
        if not header:
            return None
        length = int.from_bytes(header, "big")
        if not 0 < length <= FRAME_BYTES:
            raise Unexpected(f"a frame of {length} bytes")
        body = self._read_exactly(length)
        if len(body) < length:
            raise Unexpected(f"the stream ends after {len(body)} of {length} bytes of a frame")
        return self._held_to_the_schemas(json.loads(body.decode()))

    def _held_to_the_schemas(self, frame):
        try:
            schemas.check_frame(frame, "child", self._methods)
        except schemas.Breach as breach:
            raise Unexpected(str(breach)) from None
        return frame

    def _read_exactly(self, count):
        parts = []
        while count > 0 and (part := self.connection.recv(min(count, 65536))):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def answer_to(self, request_id):
        """The answer to a request; meanwhile the child's own requests are answered."""
        while request_id not in self._answers:
            frame = self.read()
            if frame is None:
                raise Unexpected(f"the stream ended before request {request_id} was answered; "
                                 f"exit code {self.exit_code()}, log {list(self.log.lines)}")
            self._take(frame)
        return self._answers.pop(request_id)

    def _take(self, frame):
        if "method" not in frame:
            if frame["id"] in self._answers or not 0 < frame["id"] <= self._last_id:
                raise Unexpected(f"an answer to {frame['id']!r}, which was not asked")
            self._answers[frame["id"]] = frame
        elif "id" in frame:
            answer = {"id": frame["id"], **self._serve(frame)}
            schemas.check_frame(
                {"jsonrpc": "2.0", **answer}, "chatd", {frame["id"]: frame["method"]})
            self.write(self.encode(answer))
        else:
            self.notifications.append((frame["method"], frame.get("params")))

    def _serve(self, frame):
        if frame["method"] == "state/save" and self.saves:
            self.state = frame["params"]["state"]
            return {"result": {}}
        if frame["method"] == "history/get" and self.history is not None:
            return {"result": {"messages": self._page(**frame["params"])}}
        if frame["method"] == "message/post" and self.posts is not None:
            self.posts.append(frame["params"])
            return {"result": {**self.message(frame["params"]["text"])["message"],
                               "author": os.path.basename(self.folder)}}
        return {"error": {"code": REFUSED, "message": f"{frame['method']} is not permitted"}}

    def _page(self, thread="main", before=None, limit=50):
        ids = [entry["id"] for entry in self.history]
        end = ids.index(before) if before in ids else len(ids)
        return self.history[max(0, end - limit):end]

    def is_silent(self):
        """Whether nothing of the child's has come that was not read."""
        self.connection.setblocking(False)
        try:
            return not self._answers and not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self.connection.settimeout(WAIT_S)

    # What a conversation is made of.

    def accept(self):
        """Waits for the child to connect."""
        try:
            self.connection, _ = self.listener.accept()
        except TimeoutError:
            raise Unexpected(f"no connection within {WAIT_S} s; exit code {self.process.poll()}, "
                             f"log {list(self.log.lines)}") from None
        self.connection.settimeout(WAIT_S)

    def ask(self, method, params, *, is_right=True):
        """The whole answer to a request: with `result` or `error`."""
        request_id, frame = self.request(method, params, is_right=is_right)
        self.write(frame)
        return self.answer_to(request_id)

    def initialize(self):
        """Accepts the connection and returns the answer to `initialize`."""
        self.accept()
        return self.ask("initialize", self.start())

    def start(self):
        """The params of `initialize`."""
        return {
            "protocol": 1, "child_id": os.path.basename(self.folder),
            "generation": self.generation, "state": self.state, "config": self.config,
            "limits": {"frame_bytes": FRAME_BYTES, "state_bytes": FRAME_BYTES}, "chatd": "0.1.0"}

    def message(self, content, role="user", attempt=1):
        """The params of a `message` request."""
        deadline_ms = self.manifest.get("messages", {}).get("timeout_ms", 5000)
        entry = {
            "type": "Message", "id": "019aab90-6e7b-7000-8000-5d1f2a3b4c5d", "parent": None,
            "thread": "main", "seq": 1, "created_at": "2026-11-22T10:00:00.123Z", "role": role,
            "content": content, "to": None, "author": None, "status": "complete", "error": None,
            "model": None, "stop_reason": None, "usage": None}
        return {"message": entry, "attempt": attempt, "deadline_ms": deadline_ms}

    def say(self, content, role="user"):
        """What the child replies to a message; None where it declines."""
        answer = self.ask("message", self.message(content, role))
        if "error" in answer and answer["error"]["code"] != -32601:
            raise Unexpected(f"a message was answered with {answer['error']}")
        result = answer.get("result")
        return result if result and not result.get("decline") else None

    def shut_down(self):
        """Stops the child as chatd does, and returns its exit code."""
        answer = self.ask("shutdown", {"deadline_ms": 5000, "reason": "stop"})
        if "id" not in answer:
            raise Unexpected(f"shutdown was answered with {answer}")
        self.connection.shutdown(socket.SHUT_WR)
        return self.exit_code()

    def exit_code(self):
        """Waits for the end of the process: its exit code, or a signal's number, negative."""
        return self.process.wait(WAIT_S)


class Log:
    """What a child wrote to standard output and error, and a way to wait for a line of it."""

    def __init__(self):
        self.lines = deque(maxlen=LOG_LINES)
        self.count = 0
        self._changed = threading.Condition()

    def follow(self, *streams):
        """Reads these streams, each to its end, from now on."""
        for stream in streams:
            threading.Thread(target=self._read, args=[stream], daemon=True).start()

    def _read(self, stream):
        with stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self.count += 1
                    self._changed.notify_all()

    def wait_for(self, text):
        """The first line kept that has this text in it, whenever it comes."""
        found = self._wait(lambda: [line for line in self.lines if text in line])
        if not found:
            raise Unexpected(f"no line with {text!r} in the log: {list(self.lines)}")
        return found[0]

    def wait_until(self, count):
        """Waits until so many lines have come in all."""
        if not self._wait(lambda: self.count >= count):
            raise Unexpected(f"{self.count} lines in the log, not {count}")

    def _wait(self, found):
        with self._changed:
            return self._changed.wait_for(found, WAIT_S)
