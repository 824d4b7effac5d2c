"""The built chatd as a process, on a folder of its own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from datetime import datetime

import process
from nest import Nest

START_S = 30

MANIFEST = """\
name = "Benchmark child {number}"
command = ["{program}"]
autostart = true
[env]
BENCH_FOLDER = "{nest}"
[messages]
roles = ["user"]
[restart]
intensity = 100000
backoff_initial_ms = 1
backoff_max_ms = 1
reset_after_ms = 1
[watchdog]
interval_ms = {ping_ms}
suspect_after = 100
kill_after = 200
"""


class Chatd(contextlib.AbstractContextManager):
    """A chatd with `count` benchmark children, or with those of a folder; not started yet.
    `environment` is added to its own; `data` is a data folder to be taken over; `assistant` is who
    answers."""

    def __init__(self, bench, count=0, ping_ms=3_600_000, children=None, environment=None,
                 data=None, assistant="off"):
        self.nest = Nest()
        self.count = count
        self.asked = 0  # messages, each of all children
        self._bench = bench
        # Where the build is and not in /tmp, which may be no disk.
        self._folder = tempfile.mkdtemp(prefix="chatd-", dir=bench.build)
        self.data = data or f"{self._folder}/data"
        self._children = children or f"{self._folder}/children"
        self._environment = environment or {}
        self._assistant = assistant
        for number in range(count):
            place = f"{self._folder}/children/c{number:03}"
            os.makedirs(place)
            with open(f"{place}/manifest.toml", "w", encoding="utf-8") as file:
                file.write(MANIFEST.format(
                    number=number, program=bench.build / "child", nest=self.nest.path,
                    ping_ms=ping_ms))
        self._process = self._http = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure):
        try:
            self.stop()
        finally:
            self.nest.__exit__()
            shutil.rmtree(self._folder)

    def start(self):
        """Starts it and waits until its benchmark children have answered `initialize`."""
        environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        environment |= {"XDG_CONFIG_HOME": f"{self._folder}/none", "LANG": "C.UTF-8"}
        environment |= self._environment
        self.started_at = time.time()
        with open(f"{self._folder}/stderr", "ab") as stderr:
            self._process = subprocess.Popen(
                [self._bench.chatd, "start", "--port", "0", "--ws-port", "0",
                 "--assistant", self._assistant, "--data", self.data,
                 "--assets", self._bench.root / "assets", "--children", self._children],
                cwd=self._folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=stderr)
        self.pid = self._process.pid
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"chatd ended with {self._process.wait()}: {self._log()}")
        ready = json.loads(line)
        self.port = _port(ready["http"])
        self._http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.ws_port = _port(ready["ws"])
        if self.count:
            self.nest.await_ready(self.count, START_S)

    def stop(self):
        """Ends it and its children, if it runs."""
        running, self._process = self._process, None
        if not running:
            return
        if self._http:
            self._http.close()
        running.send_signal(signal.SIGTERM)
        try:
            process.end(running)
        finally:
            running.stdout.close()

    def statuses(self):
        """What chatd says of its children."""
        return self.ask("GET", "/api/children")["children"]

    def ask(self, method, path, body=None):
        """The answer to a request."""
        self._http.request(method, path, body)
        response = self._http.getresponse()
        answer = json.load(response)
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer}")
        return answer

    def await_all(self, good):
        """The children's statuses once all of them are as wanted."""
        deadline = time.monotonic() + START_S
        while True:
            statuses = self.statuses()
            if all(map(good, statuses)):
                return statuses
            if time.monotonic() > deadline:
                raise TimeoutError(f"children are not as wanted after {START_S} s: {statuses}")
            time.sleep(0.001)  # between two questions; no figure depends on it

    @property
    def start_seconds(self):
        """From its start until the last child was ready, by its own word, to the millisecond."""
        statuses = self.await_all(lambda status: status["state"] == "ready")
        since = max(datetime.fromisoformat(status["since"]) for status in statuses)
        return since.timestamp() - self.started_at

    @property
    def pids(self):
        """The processes that are chatd: itself and the warden."""
        wardens = [p for p in process.children_of(self.pid) if process.name_of(p) == "chatd-warden"]
        if len(wardens) != 1:
            raise RuntimeError(f"chatd has {len(wardens)} wardens")
        return [self.pid, *wardens]

    def _log(self):
        with open(f"{self._folder}/stderr", encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]


def _port(address):
    return int(address.rsplit(":", 1)[1])
