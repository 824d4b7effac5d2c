"""A chatd with children whose tools an assistant calls: what its tests look at and act by."""

import contextlib
import json
import shutil
import socket
import urllib.error
import urllib.parse
import urllib.request

from connection import Connection
from daemon import FIXTURES, ROOT, Claude, Daemon

WAIT_S = 30
GAUGE = ROOT / "Tests" / "Crash" / "children" / "gauge"
MANIFEST = """name = "{name}"
description = "Has tools"
command = ["python3", "-B", "main.py"]
autostart = true
env_pass = ["TEST_DIR"]
[config]
name = "{name}"
hears = {hears}
[messages]
roles = ["user"]
timeout_ms = {timeout_ms}
timeout_max_ms = 60000
{messages}
[tools]
{tools}
"""
AUTO = 'approve = "auto"'
ASK = 'approve = "ask"'


def call(name, mark=""):
    """A call as a scenario names it."""
    return f'{name}:{{"mark":"{mark}"}}'


def calling(*calls, then="normal"):
    """A text to which the model answers with calls, and then as `then` says."""
    return f"scenario:tools?calls={'+'.join(calls)},{then}"


class Scene:
    """A folder with children, a Messages API server, and a place at which calls can be held."""

    def __init__(self, folder, server=()):
        self.folder = folder
        self.children = folder / "children"
        self.children.mkdir()
        shutil.copy(FIXTURES / "chatd_child.py", self.children)
        self.claude = Claude(*server)
        self._gate = socket.create_server(("127.0.0.1", 0))
        self._gate.settimeout(WAIT_S)
        self._held = []  # one that nobody has would be closed, and its call let go on
        (folder / "gate").write_text(str(self._gate.getsockname()[1]))

    def close(self):
        """Ends what is beside chatd."""
        self.claude.close()
        for place in [*self._held, self._gate]:
            place.close()

    def add_gauge(self, name="gauge", tools=AUTO, timeout_ms=20_000, messages=""):
        """A child of which every call is on disk."""
        shutil.copytree(GAUGE, self.children / name)
        manifest = MANIFEST.format(
            name=name, tools=tools, timeout_ms=timeout_ms, messages=messages,
            hears=str("wait" in messages).lower())
        (self.children / name / "manifest.toml").write_text(manifest)
        return self

    def add(self, name, more=""):
        """A copy of a child that comes with chatd, with more in its manifest."""
        shutil.copytree(ROOT / "children" / name, self.children / name)
        with open(self.children / name / "manifest.toml", "a", encoding="utf-8") as file:
            file.write(more)
        return self

    def calls(self):
        """Every call that has reached a gauge, in order: its name, the tool, the mark."""
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def held(self):
        """The next call that is held: its mark, and a socket whose end lets it go on."""
        place, _ = self._gate.accept()
        place.settimeout(WAIT_S)
        self._held.append(place)
        with place.makefile() as file:
            return file.readline().strip(), place

    def start(self, *options):
        """A run of chatd on this folder."""
        environment = {"ANTHROPIC_BASE_URL": self.claude.url, "ANTHROPIC_API_KEY": "test-key"}
        return Daemon(
            self.folder, ["--data", self.folder / "data", "--children", self.children,
                          "--assistant", "claude", *options], environment)  # fmt: skip

    @contextlib.contextmanager
    def running(self, *options):
        """A run of chatd with a client, ended by kill -9 unless it has ended before."""
        run = self.start(*options)
        try:
            run.await_ready()
            with contextlib.closing(Chat(run)) as chat:
                yield chat
        finally:
            run.kill()


class Chat:
    """A client of a run, which knows every entry that it was told of."""

    def __init__(self, run):
        self.run = run
        self.entries = {}
        self._connection = Connection(run.ws_port)
        self._awaited = {}
        self.ask("subscribe", epoch=self._connection.epoch, last_seq=0)
        self.until(self.are_children_ready)

    def close(self):
        """Hangs up."""
        self._connection.close()

    # By WebSocket.

    def send(self, command, **fields):
        """Sends a command; returns its mark."""
        return self._connection.send(command, **fields)

    def answer(self, mark):
        """The answer to a command."""
        while mark not in self._awaited:
            self._take()
        return self._awaited.pop(mark)

    def ask(self, command, **fields):
        """Sends a command and returns its answer."""
        return self.answer(self.send(command, **fields))

    def say(self, content, thread="main", **fields):
        """Sends a message; returns it as it is stored."""
        answer = self.ask("send_message", content=content, thread=thread, **fields)
        assert answer["type"] == "message_update", answer
        return answer["messages"][0]

    def until(self, look):
        """Goes on reading until `look` gives something, which is returned."""
        while not (found := look()):
            self._take()
        return found

    def _take(self):
        frame = self._connection.receive()
        for entry in frame.get("messages", []):
            if entry["seq"] >= self.entries.get(entry["id"], entry)["seq"]:
                self.entries[entry["id"]] = entry
        if "ref" in frame:
            self._awaited[frame["ref"]] = frame

    def are_children_ready(self):
        """Whether every child is."""
        children = self.get("/api/children")["children"]
        return all(child["state"] == "ready" for child in children)

    # By HTTP.

    def get(self, path, body=None):
        """What chatd answers, to a POST where there is a body; an error's body, too."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.run.port}{path}", data, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def path(self, thread="main"):
        """The entries that a thread shows, oldest first."""
        return self.get(f"/api/messages?thread={urllib.parse.quote(thread)}")["messages"]

    def until_redone(self, command, message):
        """Asks for an answer anew; returns it once it has ended."""
        begun = self.ask(command, message_id=message["id"])
        # A turn ends a little behind its last message, and nothing tells of that.
        while begun.get("message", "").startswith("a turn runs"):
            begun = self.ask(command, message_id=message["id"])
        assert begun["type"] == "message_update", begun
        [begun] = begun["messages"]
        self.entries.setdefault(begun["id"], begun)
        return self.until(
            lambda: (said := self.entries[begun["id"]])["status"] != "streaming" and said)

    # What is waited for.

    def round(self, user, number=1, is_over=False):
        """The round of this number in the turn of a user's message, once there is one."""
        def look():
            rounds = sorted(
                (e for e in self.entries.values()
                 if e["type"] == "ToolRound" and e["original_message_id"] == user["id"]),
                key=lambda entry: entry["id"])  # fmt: skip
            if len(rounds) < number:
                return None
            found = rounds[number - 1]
            statuses = {call["status"] for call in found["calls"]}
            return found if not is_over or not statuses & {"waiting", "running"} else None

        return self.until(look)

    def calls_when(self, user, *statuses, number=1):
        """The calls of a round once they have come as far as this."""
        def look():
            calls = self.round(user, number)["calls"]
            return calls if [call["status"] for call in calls] == list(statuses) else None

        while not (calls := look()):
            self._take()
        return calls

    def last_answer(self, user, limit=None):
        """The last message of the answer that stands behind a user's message, once it has ended;
        one that calls tools is none, unless it stands behind as many rounds as there may be."""
        def look():
            place, found, rounds = user["id"], None, 0
            while follower := self._behind(place):
                place = follower["id"]
                if follower.get("role") == "user":
                    break
                found = follower if follower["type"] == "Message" else found
                rounds += follower["type"] == "ToolRound"
            if not found or found["status"] == "streaming" or self._goes_on(found):
                return None
            calls = found["status"] == "complete" and found["stop_reason"] == "tool_use"
            return None if calls and rounds != limit else found

        return self.until(look)

    def _behind(self, place):
        followers = [e for e in self.entries.values() if e["parent"] == place]
        return max(followers, key=lambda entry: entry["id"], default=None)

    def _goes_on(self, message):
        follower = self._behind(message["id"])
        return bool(follower) and follower["type"] == "ToolRound"
