"""The built chatd as a process that is killed and started again on the same folder."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures" / "children"
BINARY = os.environ.get("CHATD_BIN", str(ROOT / ".build" / "debug" / "chatd"))
END_S = 30
KEPT = ("PATH", "HOME", "RUNTIME_DIRECTORY")  # of the environment

MANIFEST = """name = "{name}"
description = "Part of a crash test"
command = ["python3", "-B", "main.py"]
autostart = true
env_pass = ["TEST_DIR"]
[config]
name = "{name}"
delay_ms = {delay_ms}
[messages]
{messages}
[tools]
approve = "auto"
"""
# Name, folder, delay, and what its manifest says of messages.
CHILDREN = [
    ("declines", FIXTURES / "declines", 0, 'roles = ["user"]'),
    ("laggard", ROOT / "Tests" / "Crash" / "children" / "witness", 120, "wait = false"),
    ("slow", FIXTURES / "slow", 40, "timeout_ms = 20000"),
    ("witness", ROOT / "Tests" / "Crash" / "children" / "witness", 0, "timeout_ms = 20000"),
]
HEARERS = {"user": [name for name, *_ in CHILDREN],
           "assistant": [name for name, *_ in CHILDREN if name != "declines"]}  # fmt: skip


def write_children(folder):
    """Children of several kinds."""
    folder.mkdir()
    shutil.copy(FIXTURES / "chatd_child.py", folder)
    for name, source, delay_ms, messages in CHILDREN:
        shutil.copytree(source, folder / name)
        manifest = MANIFEST.format(name=name, delay_ms=delay_ms, messages=messages)
        (folder / name / "manifest.toml").write_text(manifest)


class Daemon:
    """One run of chatd; it may not be ready yet."""

    def __init__(self, folder, options, environment=(), wrapper=()):
        keep = {key: os.environ[key] for key in KEPT if key in os.environ}
        with open(folder / "stderr", "ab") as stderr:
            self._process = subprocess.Popen(
                [*wrapper, BINARY, "start", "--port", "0", "--ws-port", "0",
                 "--assets", str(ROOT / "assets"), *options],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                env=keep | {"LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(folder / "none"),
                            "TEST_DIR": str(folder)} | dict(environment))
        self.pid = self._process.pid
        self.port = self.ws_port = None

    def await_ready(self):
        """Returns once it serves."""
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"chatd ended with {self._process.wait()} before it was ready")
        ready = json.loads(line)
        self.port = int(ready["http"].rsplit(":", 1)[1])
        self.ws_port = int(ready["ws"].rsplit(":", 1)[1])
        return self

    def send(self, sign):
        """Sends a signal, if it is there yet."""
        self._process.send_signal(sign)

    def has_ended(self, seconds):
        """Waits so long for its end."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, with_warden=False):
        """kill -9, of the one process or of its warden too."""
        others = warden_of(self.pid) if with_warden else []
        for pid in others:
            signal.pidfd_send_signal(pid, signal.SIGKILL)
        self._process.kill()
        code = self._process.wait(END_S)
        for pid in others:
            os.close(pid)
        self._process.stdout.close()
        return code

    def stop(self):
        """As a service manager would; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(END_S)
        finally:
            self.kill()


def check(options, folder):
    """`chatd check`, which has to find nothing wrong."""
    result = subprocess.run(
        [BINARY, "check", *options], cwd=folder, capture_output=True, timeout=END_S, check=False)
    assert result.returncode == 0, result


def warden_of(chatd):
    """A descriptor of the process of chatd's warden, if it has one."""
    try:
        with open(f"/proc/{chatd}/task/{chatd}/children", encoding="ascii") as file:
            pids = [int(pid) for pid in file.read().split()]
        return [os.pidfd_open(pid) for pid in pids]
    except OSError:
        return []


def parent_of(pid):
    """The parent of a process; 0 where it has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def descends(pid, ancestor):
    """Whether a process is another's child, or a child of its children."""
    while pid > 1 and pid != ancestor:
        pid = parent_of(pid)
    return pid == ancestor


def left_behind(folder, chatd, known):
    """The processes in a folder that neither descend from chatd nor are known, and do not end."""
    left = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            if not os.readlink(f"/proc/{pid}/cwd").startswith(str(folder)):
                continue
            if pid in known or descends(pid, chatd):
                continue
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        if not select.select([handle], [], [], END_S)[0]:
            left.append(pid)
        os.close(handle)
    return left


class Claude:
    """The Messages API server of the tests."""

    def __init__(self, *options):
        script = ROOT / "Tests" / "Support" / "messages_api.py"
        self._process = subprocess.Popen(
            [sys.executable, script, "--port", "0", "--until-eof", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.url = json.loads(self._process.stdout.readline())["url"]

    def told(self, path="/v1/messages"):
        """The calls of a path so far, with what became of each."""
        with urllib.request.urlopen(f"{self.url}/_requests") as answer:
            requests = json.load(answer)["requests"]
        return [request for request in requests if path in ("", request["path"])]

    def requests(self):
        """The calls since the last time this was asked; none may be under way."""
        requests = self.told("")
        self.order("reset")
        return requests

    def order(self, name, **order):
        """Gives the server an order: `script`, `release`, `reset`."""
        urllib.request.urlopen(f"{self.url}/_{name}", json.dumps(order).encode()).close()

    def close(self):
        """Ends it."""
        self._process.stdin.close()
        self._process.wait(END_S)
        self._process.stdout.close()
