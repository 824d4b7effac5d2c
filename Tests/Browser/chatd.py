"""The built chatd as a process, and the Messages API server that stands in for Claude."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "children"
FIXTURES = ROOT / "Tests" / "Fixtures" / "children"
PUPPETS = ROOT / "Tests" / "Browser" / "children"
READY_SECONDS = 30
END_SECONDS = 30


def ready_line(process, what):
    """The line of JSON that a process writes when it serves."""
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{what} ended with {process.wait()} before it was ready")
    return json.loads(line)


class Claude:
    """The Messages API server of the tests."""

    def __init__(self):
        script = ROOT / "Tests" / "Support" / "messages_api.py"
        self._process = subprocess.Popen(
            [sys.executable, script, "--port", "0", "--until-eof"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.url = ready_line(self._process, "messages_api.py")["url"]

    def release(self, key):
        """Lets an answer go on that `scenario:hold?key=…` holds."""
        body = json.dumps({"key": key}).encode()
        urllib.request.urlopen(f"{self.url}/_release", body).close()

    def close(self):
        """Ends it."""
        self._process.stdin.close()
        self._process.wait(END_SECONDS)
        self._process.stdout.close()


class Chatd:
    """`chatd start` on a data folder of its own; can be ended in every way and started again.

    `assistant` None: no word about it, and no key. `wrapper`: what it is started by. `config`:
    its chatd.toml.
    """

    def __init__(
        self, folder, claude_url, assistant="claude", children=(EXAMPLES,), wrapper=(), config=""
    ):  # fmt: skip
        self._folder = folder
        if config:
            (folder / "chatd.toml").write_text(config)
        self._wrapper = wrapper
        self._claude_url = claude_url
        self.assist(assistant)
        self._options = [text for place in children for text in ("--children", str(place))]
        self._process = None
        self.port = 0
        self.start()

    @property
    def url(self):
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        """The process of this run."""
        return self._process.pid

    @property
    def data(self):
        """The data folder as this run sees it."""
        return pathlib.Path(f"/proc/{self.pid}/root{self._folder}/data")

    @property
    def log(self):
        """What it wrote to standard error."""
        return (self._folder / "stderr").read_text(errors="replace")

    def assist(self, assistant):
        """Who answers from the next start on."""
        self._claude = {}
        if assistant:
            self._claude = {"ANTHROPIC_BASE_URL": self._claude_url, "ANTHROPIC_API_KEY": "test-key"}
        self._assistant = ["--assistant", assistant] if assistant else []

    def start(self):
        """Starts it, the second time on the port of the first."""
        binary = os.environ.get("CHATD_BIN", str(ROOT / ".build" / "debug" / "chatd"))
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        with open(self._folder / "stderr", "ab") as stderr:
            self._process = subprocess.Popen(
                [
                    *self._wrapper, binary, "start", "--port", str(self.port), "--ws-port", "0",
                    "--data", "data", "--assets", str(ROOT / "assets"),
                    *self._options, *self._assistant,
                ],
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                env=keep | self._claude | {
                    "XDG_CONFIG_HOME": str(self._folder / "config"),
                    "TEST_DIR": str(self._folder),
                },
            )  # fmt: skip
        ready = ready_line(self._process, "chatd")
        self.port = int(ready["http"].rsplit(":", 1)[1])

    def kill(self):
        """kill -9."""
        self._end(signal.SIGKILL)

    def empty(self):
        """Takes all that it has stored away; it must not run."""
        assert self._process.poll() is not None
        shutil.rmtree(self._folder / "data")

    def stop(self):
        """As a service manager would."""
        if self._process.poll() is None:
            self._end(signal.SIGTERM)

    def _end(self, how):
        self._process.send_signal(how)
        try:
            self._process.wait(END_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def get(self, path):
        """An API answer."""
        with urllib.request.urlopen(self.url + path) as answer:
            return json.load(answer)

    def post(self, path, body=None, method="POST"):
        """Asks the API to do something."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body or {}).encode(),
            {"content-type": "application/json"}, method=method,
        )  # fmt: skip
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def messages(self):
        """The entries of the thread that are messages."""
        entries = self.get("/api/messages")["messages"]
        return [entry for entry in entries if entry["type"] == "Message"]
