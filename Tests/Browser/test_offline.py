"""Without connection: what a person wrote goes out once, and what came meanwhile is caught up."""

import json
import os
import signal
import sqlite3
from contextlib import closing

import pytest
from chatpage import ChatPage
from playwright.sync_api import expect
from test_connection import contents


class Frames:
    """What came over each WebSocket of a page, one after the other."""

    def __init__(self, page):
        self.sockets = []
        page.on("websocket", self._open)

    def _open(self, socket):
        frames = []
        self.sockets.append(frames)
        socket.on("framereceived", lambda text: frames.append(json.loads(text)))

    def subscribed(self):
        """The answers to the subscriptions of the connection that is there now."""
        return [frame for frame in self.sockets[-1] if frame["type"] == "subscribed"]


@pytest.fixture
def home(start_chatd, nursery):
    """chatd with Claude and no children."""
    return start_chatd(children=[nursery.folder])


def expect_each_once(chatd, pages, texts):
    """Waits until all of these tabs show all of these once; nothing else is stored."""
    for page in pages:
        page.wait_live()
        for text in texts:
            expect(page.by_user(text)).to_have_count(1)
        expect(page.get("pending")).to_have_count(0)
    assert sorted(contents(chatd)) == sorted(texts)


def test_what_two_tabs_wrote_without_connection_goes_out_once_each(home, open_chat):
    chat = open_chat(home)
    pages = [chat, ChatPage(chat.page.context.new_page()).open(home.url)]
    home.kill()
    texts = ["By the first tab", "By the second tab"]
    for page, text in zip(pages, texts, strict=True):
        expect(page.get("connection")).to_be_visible()
        page.say(text)
        expect(page.get("pending")).to_have_attribute("data-state", "waiting")
    home.start()
    # A third one finds in the storage what both are sending.
    pages.append(ChatPage(chat.page.context.new_page()).open(home.url))
    expect_each_once(home, pages, texts)
    for page in pages:
        page.page.reload()
    expect_each_once(home, pages, texts)


def test_a_device_without_network_keeps_what_is_written_and_says_why(home, open_chat):
    chat = open_chat(home)
    # Chromium leaves the connection open, and nothing passes over it.
    chat.page.context.set_offline(True)
    chat.say("Kept until there is a network")
    expect(chat.get("connection")).to_contain_text("This device is offline")
    expect(chat.get("pending")).to_have_attribute("data-state", "waiting")
    home.post("/api/messages", {"content": "Came meanwhile"})
    chat.page.context.set_offline(False)
    expect_each_once(home, [chat], ["Kept until there is a network", "Came meanwhile"])
    expect(chat.get("connection")).to_be_hidden()


def test_a_connection_that_needs_no_network_is_kept_without_one(home, new_context):
    page = new_context().new_page()
    line = Line(page)
    chat = ChatPage(page).open(home.url)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    chat.say("Not far")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    assert {"type": "ping"} in line.sent
    assert line.connections == 1


class Line:
    """The way to chatd, which can be cut without a word, or hold what comes back."""

    def __init__(self, page):
        self.sent = []
        self.answers = []
        self._is_dead = []
        self.is_down = False
        # The command from which on what comes from chatd is held.
        self.hold_from = None
        self._held = None
        page.route_web_socket("**/ws", self._connect)

    @property
    def connections(self):
        """How many there were that led to chatd."""
        return len(self._is_dead)

    def cut(self):
        """From now on nothing passes over the connections that are there."""
        self._is_dead = [True] * len(self._is_dead)

    def release(self):
        """Gives what was held."""
        held, self._held, self.hold_from = self._held, None, None
        for pass_on in held:
            pass_on()

    def _connect(self, socket):
        if self.is_down:
            socket.close(code=1001)
            return
        server = socket.connect_to_server()
        mine = len(self._is_dead)
        self._is_dead.append(False)

        def up(text):
            if not self._is_dead[mine]:
                self.sent.append(json.loads(text))
                if self.sent[-1]["type"] == self.hold_from:
                    self._held = []
                server.send(text)

        def down(text):
            if self._is_dead[mine]:
                return
            if json.loads(text)["type"] == "subscribed":
                self.answers.append(json.loads(text))
            if self._held is None:
                socket.send(text)
            else:
                self._held.append(lambda: socket.send(text))

        socket.on_message(up)
        server.on_message(down)


def test_after_a_sleep_a_connection_that_died_is_noticed_and_resumed(home, new_context):
    page = new_context().new_page()
    page.clock.install()
    line = Line(page)
    chat = ChatPage(page).open(home.url)
    chat.say("Before the sleep")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    line.cut()
    home.post("/api/messages", {"content": "While it slept"})
    assert line.connections == 1
    page.clock.fast_forward("08:00:00")
    expect(chat.by_user("While it slept")).to_have_count(1)
    chat.wait_live()
    assert line.connections == 2
    assert [answer["resumed"] for answer in line.answers] == [False, True]
    assert "messages" not in line.answers[-1]
    chat.say("After the sleep")
    expect_each_once(home, [chat], ["Before the sleep", "While it slept", "After the sleep"])


def test_after_a_sleep_a_connection_that_lives_is_kept(home, new_context):
    page = new_context().new_page()
    page.clock.install()
    line = Line(page)
    chat = ChatPage(page).open(home.url)
    page.clock.fast_forward("08:00:00")
    chat.say("After the sleep")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    assert {"type": "ping"} in line.sent
    assert line.connections == 1


@pytest.mark.parametrize("missed", [False, True], ids=["nothing", "something"])
def test_a_restarted_chatd_is_resumed_without_a_snapshot(home, new_context, missed):
    page = new_context().new_page()
    frames = Frames(page)
    chat = ChatPage(page).open(home.url)
    (subscribed,) = frames.subscribed()
    assert subscribed["resumed"] is False and "messages" in subscribed
    chat.say("Before")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    if missed:
        page.context.set_offline(True)
    home.kill()
    expect(chat.get("connection")).to_be_visible()
    home.start()
    texts = ["Before"]
    if missed:
        texts.append("Missed")
        # The thread is told first, with a head that is not known yet.
        home.post("/api/threads/main", {"title": "Renamed"}, method="PATCH")
        home.post("/api/messages", {"content": "Missed"})
        page.context.set_offline(False)
    expect_each_once(home, [chat], texts)
    expect(chat.answers).to_have_count(len(texts))
    expect(chat.get("thread-title")).to_have_text("Renamed" if missed else "Main")
    (subscribed,) = frames.subscribed()
    assert subscribed["resumed"] is True and "messages" not in subscribed
    page.context.set_offline(False)


def test_another_log_in_its_place_is_shown_and_takes_what_waits(home, open_chat):
    thread = home.post("/api/threads", {"title": "Only in the old log"})["id"]
    chat, other = open_chat(home), open_chat(home)
    for text in ("Old", "Older"):
        chat.say(text)
        expect(chat.answers.last).to_have_attribute("data-status", "complete")
    other.go("Only in the old log")
    home.kill()
    for page in (chat, other):
        expect(page.get("connection")).to_be_visible()
    chat.say("Written in between")
    other.say("For a thread of the old log")
    home.empty()
    home.start()
    for page in (chat, other):
        page.wait_live()
        expect(page.by_user("Written in between")).to_have_count(1)
        expect(page.by_user("Old")).to_have_count(0)
        expect(page.get("thread-title")).to_have_text("Main")
        expect(page.row("Only in the old log")).to_have_count(0)
    expect(chat.get("pending")).to_have_count(0)
    expect(other.get("notice")).to_contain_text("not there any more")
    refused = other.get("pending")
    expect(refused).to_have_attribute("data-state", "refused")
    expect(refused).to_contain_text("For a thread of the old log")
    expect(refused).to_contain_text("Not sent: ")
    assert contents(home) == ["Written in between"] and thread
    # The numbers of the old log leave nothing behind: what is read here is read.
    expect(chat.answers).to_have_count(1)
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    chat.begin()
    other.begin()
    for page in (chat, other):
        expect(page.row("Main")).to_have_attribute("data-unread", "false")


def test_a_message_is_seen_to_wait_to_be_sent_and_to_be_stored(home, new_context):
    page = new_context().new_page()
    line = Line(page)
    line.is_down = True
    page.goto(home.url)
    chat = ChatPage(page)
    chat.say("On its way")
    pending = chat.get("pending")
    expect(pending).to_have_attribute("data-state", "waiting")
    expect(pending).to_contain_text("Waiting for a connection")
    line.is_down = False
    line.hold_from = "send_message"
    expect(pending).to_have_attribute("data-state", "sent")
    expect(pending).to_contain_text("Sent, not yet stored")
    expect(chat.messages).to_have_count(0)
    line.release()
    expect(pending).to_have_count(0)
    expect(chat.by_user("On its way")).to_have_count(1)
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    assert contents(home) == ["On its way"]


STALLS = """name = "Stalls"
command = ["python3", "-B", "main.py"]
[config]
parts = 2
pause_ms = 100000
[messages]
timeout_ms = 60000
timeout_max_ms = 120000
"""


def test_what_a_child_had_said_is_kept_when_it_is_killed_in_mid_answer(
    start_chatd, nursery, open_chat
):
    nursery.adopt("partial", STALLS)
    chatd = start_chatd(assistant="off", children=[nursery.folder])
    chatd.post("/api/children/partial/start")
    chat = open_chat(chatd)
    chat.expect_child("partial", "ready")
    chat.say("Go on")
    message = chat.by_user("Go on")
    chip, reply = chat.chip(message, "partial"), chat.reply(message, "partial")
    expect(chip).to_have_attribute("data-status", "streaming")
    expect(reply).to_contain_text("part 1.")
    os.kill(chat.fact("partial", "pid"), signal.SIGKILL)
    for _ in range(2):
        expect(chip).to_have_attribute("data-status", "crashed")
        expect(chip).to_contain_text("crashed")
        expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
        expect(reply).to_contain_text("part 1.")
        chat.page.reload()
        chat.wait_live()


def draft(chatd):
    """What is on disk of the answer that is being written."""
    query = "SELECT draft FROM entry WHERE status = 'streaming'"
    with closing(sqlite3.connect(f"file:{chatd.data}/chatd.sqlite?mode=ro", uri=True)) as database:
        return next(iter(database.execute(query).fetchall()), (None,))[0]


def test_what_had_come_of_an_answer_is_kept_and_marked_when_chatd_is_killed(
    home, open_chat, claude
):
    chat = open_chat(home)
    chat.say("Hello scenario:hold?key=killed")
    answer = chat.answers.first
    expect(chat.get("message-text", answer)).to_contain_text("You")
    shown = chat.get("message-text", answer).inner_text()
    # What comes in the last second is not on disk yet.
    while draft(home) != shown:
        chat.page.evaluate("new Promise(requestAnimationFrame)")
    home.kill()
    expect(chat.get("connection")).to_be_visible()
    expect(chat.get("message-text", answer)).to_have_text(shown)
    home.start()
    for _ in range(2):
        chat.wait_live()
        expect(answer).to_have_attribute("data-status", "interrupted")
        expect(chat.get("message-note", answer)).to_contain_text("What had come is kept")
        expect(chat.get("message-text", answer)).to_have_text(shown)
        expect(chat.messages).to_have_count(2)
        chat.page.reload()
    claude.release("killed")
