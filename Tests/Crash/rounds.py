"""Rounds of a crash test on one data folder: start, check, send, kill."""

import json
import re
import signal
import subprocess
import sys
import threading

import disk
from checker import Log, faults, set_aside
from connection import Connection
from daemon import HEARERS, Claude, Daemon, check, left_behind, write_children
from history import ASSISTANT, Ask, Found, Known
from lanes import CALLING, DRIPPING, HTTPLane, SocketLane
from state import State, differences
from watcher import PATIENCE_S, Watcher

# How chatd is killed: while it works; with its warden; soon after its start; before it serves;
# and while it stops.
KINDS = ["working", "early", "with warden", "unready", "stopping", "working"]
# The most that is sent in one round: the demo assistant takes seconds for each of its answers.
MESSAGES = {"off": 100, "claude": 40, "demo": 4}
THREADS_LAST = 6  # rounds, after which others are begun: a thread's transcript only grows
TOKEN = re.compile(r"\[\[([\w-]+)\]\]")
ACTOR = re.compile(r"<actor id=.*?</actor>", re.DOTALL)


class Rounds:
    """The data folder, everything that is known about it, and whoever sends to it."""

    def __init__(self, folder, assistant, random):
        self.folder = folder
        self.assistant = assistant
        self.known = Known(HEARERS, assistant != "off", calls=[] if assistant == "claude" else None)
        self.state = State()
        self.kills = 0
        self.comparisons = 0  # of a client that had fallen behind with one that had not
        self._random = random
        self._earlier = [State()]  # states that a client may have fallen behind at
        self._threads = []
        self._can_revise = assistant != "off"
        self._age = 0
        names = [(SocketLane, "w1"), (SocketLane, "w2"), (SocketLane, "w3"), (HTTPLane, "h1")]
        texts = [DRIPPING, CALLING, CALLING] if assistant == "claude" else []
        self._lanes = [
            kind(f"{assistant}-{name}", random, self.known, texts) for kind, name in names]
        write_children(folder / "children")
        # Of the same user, in a child's folder, and nobody's child.
        self._bystander = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE,
            cwd=folder / "children" / "witness")  # fmt: skip
        self._claude = Claude() if assistant == "claude" else None

    def close(self):
        """Ends what the rounds started beside chatd; it has to be there still."""
        assert self._bystander.poll() is None, "a process that is none of chatd's was ended"
        self._bystander.communicate()
        if self._claude:
            self._claude.close()

    @property
    def data(self):
        """The folder of the database."""
        return self.folder / "data"

    def start(self):
        """The next run of chatd."""
        environment = {}
        if self._claude:
            environment = {"ANTHROPIC_BASE_URL": self._claude.url, "ANTHROPIC_API_KEY": "test-key"}
        return Daemon(
            self.folder, ["--data", self.data, "--children", self.folder / "children",
                          "--assistant", self.assistant], environment)  # fmt: skip

    def play(self, kind):
        """One round, which ends with a kill and a look at the disk."""
        run = self.start()
        try:
            if kind == "unready":
                self._let_go_on(0.4)
            elif kind == "early":
                run.await_ready()
                self._let_go_on(0.4)
            else:
                self._work(run.await_ready(), kind)
        finally:
            run.kill()
        self.kills += 1
        lost = list(disk.missing(self.known.receipts, self.data))
        assert not lost, lost

    def finish(self):
        """The last run: everything is looked at, and chatd ends well."""
        run = self.start().await_ready()
        try:
            watcher = Watcher(run.ws_port, State(self.state))
            self._check(run, watcher, whole=True)
            assert run.stop() == 0
            self.state = watcher.end()
        finally:
            run.kill()
        assert not disk.open_turns(self.data), "a turn is on disk as running, and none is"
        check(["--data", self.data, "--children", self.folder / "children"], self.folder)
        lost = list(disk.missing(self.known.receipts, self.data))
        assert not lost, lost

    def _work(self, run, kind):
        watcher = Watcher(run.ws_port, State(self.state))
        clients = []
        try:
            self._check(run, watcher)
            self._revise(run)
            clients = self._send(run)
            self._await_moment(watcher, clients)
            if kind == "stopping":
                run.send(signal.SIGTERM)
                run.has_ended(self._random.random() * 0.5)
        finally:
            run.kill(with_warden=kind == "with warden")
            for client in clients:
                client.join(PATIENCE_S)
            self.state = watcher.end()
        for lane in self._lanes:
            if lane.failure:
                raise lane.failure
        self.known.speeches |= self.state.speeches

    def _revise(self, run):
        """Asks for another answer to what was said last, where this chatd can do that."""
        if not self._can_revise or not self._threads:
            return
        with Connection(run.ws_port) as connection:
            thread = self._random.choice(self._threads)
            page = connection.ask("get_messages", thread=thread, limit=64)["messages"]
            log = Log(Found({}, {entry["id"]: entry for entry in page}))
            answers = [message for message in log.messages if message["role"] == ASSISTANT]
            if not answers:
                return
            command = "retry" if answers[-1]["status"] == "interrupted" else "regenerate"
            answer = connection.ask(command, message_id=answers[-1]["id"])
        if answer["type"] == "error":
            assert answer["code"] == "unsupported", answer
            self._can_revise = False
            return
        asked = log.asked_by(answers[-1])
        self.known.revised[asked] = self.known.revised.get(asked, 0) + 1

    def _let_go_on(self, most):
        """Any moment, and not only one that a client hears of: that is what this is about."""
        threading.Event().wait(self._random.random() * most)

    def _send(self, run):
        """Lets everybody send; returns the threads in which they do."""
        if self._age % THREADS_LAST == 0:
            self._begin_threads(run)
        self._age += 1
        most = MESSAGES[self.assistant] // len(self._lanes)
        counts = [self._random.randint(1, most) for _ in self._lanes]
        return [
            lane.start(run, self._threads, count) for lane, count in zip(self._lanes, counts)]

    def _begin_threads(self, run):
        with Connection(run.ws_port) as connection:
            answers = [connection.ask("create_thread", title=f"thread {n}") for n in range(3)]
        self._threads = [answer["threads"][0]["id"] for answer in answers]
        if self._age == 0:
            self._threads[0] = "main"

    def _await_moment(self, watcher, clients):
        """Waits until so much has happened, but no longer than anything does."""
        children, has_assistant = self.known.children, self.known.assistant
        numbers = watcher.copy().seq + self._random.randint(1, 2 * MESSAGES[self.assistant])
        most = {"claude": 25, "demo": 120}.get(self.assistant)
        pieces = self._random.randint(1, most) if most and self._random.random() < 0.6 else None

        def look(state):
            are_done = not any(client.is_alive() for client in clients)
            if are_done and state.is_at_rest(children, has_assistant):
                return True
            if pieces is None:
                return state.seq >= numbers
            return max(map(len, state.speeches.values()), default=0) >= pieces

        watcher.wait_until(look, seconds=3)
        self._let_go_on(0.02)

    # What is checked after a restart.

    def _check(self, run, watcher, whole=False):
        children, has_assistant = self.known.children, self.known.assistant
        if not watcher.wait_until(lambda state: state.is_at_rest(children, has_assistant)):
            log = (self.folder / "stderr").read_text(errors="replace")[-3000:]
            raise AssertionError(
                f"after {PATIENCE_S} s: {watcher.failure} {watcher.state.unended}\n{log}")
        self._read_witnesses()
        with Connection(run.ws_port) as connection:
            state, found = self._look(connection, watcher, whole)
            threads = connection.ask("list_threads")["threads"]
        everything = Found({t["id"]: t for t in threads}, state.entries, state.seq)
        beside = set_aside(self.known, Log(everything))
        different = list(differences(state, found, beside))
        assert not different, different[:3]
        wrong = faults(self.known, everything)
        assert not wrong, "\n".join(map(str, wrong[:20]))
        self.known.speeches.clear()
        self._check_resumption(run, watcher)
        left = left_behind(self.folder, run.pid, {self._bystander.pid})
        assert not left, f"processes {left} have outlived the chatd that they were of"

    def _look(self, connection, watcher, whole):
        """What a client has by now and what chatd shows, at the same number: late answers may come
        between the two."""
        for _ in range(100):
            names = sorted(watcher.copy().threads) if whole else self._threads or ["main"]
            found = connection.everything(names)
            if found:
                watcher.wait_until(lambda state: state.seq >= found.seq)
                state = watcher.copy()
                if state.seq == found.seq:
                    return state, found
        raise AssertionError("the log does not come to rest")

    def _check_resumption(self, run, watcher):
        """A client that fell behind long ago comes to the same state by what it missed."""
        behind = State(self._random.choice(self._earlier))
        with Connection(run.ws_port) as connection:
            mark = connection.send("subscribe", epoch=connection.epoch, last_seq=behind.seq)
            behind.begin(connection.answer(mark), 0)
            while not behind.is_current():
                behind.take(connection.receive(), 0)
            # What came late meanwhile comes live.
            number = watcher.copy().seq
            while behind.seq < number:
                behind.take(connection.receive(), 0)
        watcher.wait_until(lambda state: state.seq >= behind.seq)
        state = watcher.copy()
        if state.seq == behind.seq:
            different = list(differences(behind, Found(state.threads, state.entries)))
            assert not different, different[:3]
            self.comparisons += 1
        self._earlier = [*self._earlier[-8:], State(behind)]

    def _read_witnesses(self):
        """What children and the Messages API have noted since the last time."""
        path = self.folder / "asked"
        if path.exists():
            lines = [line.split() for line in path.read_text().splitlines()]
            self.known.asks = [Ask(message, child, int(number)) for message, child, number in lines]
        path = self.folder / "called"
        if path.exists():
            self.known.tools = path.read_text().splitlines()
        for request in self._claude.requests() if self._claude else []:
            if request["path"] != "/v1/messages":
                continue
            assert request["outcome"] in ("answered", "disconnected"), request
            # The last that a person said: behind it may stand calls and what came of them.
            said = [message["content"] for message in request["body"]["messages"]
                    if message["role"] == "user"]  # fmt: skip
            text = json.dumps(said, ensure_ascii=False)
            self.known.calls.append(TOKEN.findall(ACTOR.sub("", text))[-1])
