"""What is new in a thread that is not shown, in every tab, until somebody has read it in one."""

import os

import pytest
from chatpage import ChatPage
from playwright.sync_api import expect
from script import Script

# Answers when it is let: it reads a pipe in its folder.
GATED = """name = "Gated"
command = ["python3", "-B", "main.py"]
[messages]
timeout_ms = 100
timeout_max_ms = 120000
"""
GATE = """import sys

sys.path.append("..")
from chatd_child import Child


class Gated(Child):
    def message(self, params):
        open("gate").read()
        return {"text": "better late than never"}


Gated().run()
"""


def begin(chatd, title):
    """A thread; returns its identifier."""
    return chatd.post("/api/threads", {"title": title})["id"]


def expect_unread(pages, name, wanted):
    """Waits until a thread is marked so in all of these tabs."""
    for page in pages:
        expect(page.row(name)).to_have_attribute("data-unread", str(wanted).lower())


@pytest.fixture
def gated(start_chatd, nursery):
    """chatd with a child that answers late, and what lets it."""
    folder = nursery.folder / "gated"
    folder.mkdir()
    (folder / "main.py").write_text(GATE)
    nursery.write_manifest("gated", GATED)
    os.mkfifo(folder / "gate")
    chatd = start_chatd(assistant="off", children=[nursery.folder])
    chatd.post("/api/children/gated/start")
    return chatd, lambda: (folder / "gate").write_text("")


def test_what_comes_late_is_new_in_every_tab_until_one_has_read_it(gated, open_chat):
    chatd, let = gated
    thread = begin(chatd, "Elsewhere")
    begin(chatd, "Besides")
    reader, left, right = pages = [open_chat(chatd) for _ in range(3)]
    expect_unread(pages, "Elsewhere", False)
    chatd.post("/api/messages", {"thread": thread, "content": "Take your time"})
    expect_unread(pages, "Elsewhere", True)
    reader.go("Elsewhere")
    chip = reader.chip(reader.by_user("Take your time"), "gated")
    expect(chip).to_have_attribute("data-status", "timed_out")
    expect_unread(pages, "Elsewhere", False)
    reader.go("Main")
    let()
    expect_unread(pages, "Elsewhere", True)
    expect_unread(pages, "Besides", False)
    left.go("Elsewhere")
    chip = left.chip(left.by_user("Take your time"), "gated")
    expect(chip).to_have_attribute("data-late", "true")
    expect_unread(pages, "Elsewhere", False)
    left.go("Besides")
    for page in pages:
        page.page.reload()
        page.wait_live()
    expect_unread(pages, "Elsewhere", False)
    assert not right.page.title().startswith("(")


@pytest.fixture
def alone(start_chatd, nursery):
    """chatd with nobody who answers."""
    return start_chatd(assistant="off", children=[nursery.folder])


def test_who_looks_at_a_thread_and_goes_on_at_once_has_read_it(alone, open_chat):
    thread = begin(alone, "Elsewhere")
    chat, other = pages = [open_chat(alone) for _ in range(2)]
    for number in range(3):
        alone.post("/api/messages", {"thread": thread, "content": f"news {number}"})
        expect_unread(pages, "Elsewhere", True)
        chat.go("Elsewhere")
        chat.go("Main")
        expect_unread(pages, "Elsewhere", False)


def test_who_reads_further_up_has_not_read_what_came_below(alone, open_chat):
    thread = begin(alone, "Elsewhere")
    for number in range(40):
        alone.post("/api/messages", {"thread": thread, "content": f"long ago {number}"})
    chat, other = open_chat(alone), open_chat(alone)
    chat.go("Elsewhere")
    expect_unread([other], "Elsewhere", False)
    chat.page.locator("#scroller").hover()
    chat.page.mouse.wheel(0, -700)
    expect(chat.get("to-end")).to_be_visible()
    alone.post("/api/messages", {"thread": thread, "content": "below"})
    expect(chat.get("to-end")).to_have_text("1 new")
    expect_unread([other], "Elsewhere", True)
    chat.get("to-end").click()
    expect_unread([other], "Elsewhere", False)


def test_that_it_could_not_be_told_for_once_does_not_leave_a_thread_unread(
    alone, new_context, open_chat
):
    thread = begin(alone, "Elsewhere")
    page = new_context().new_page()
    script = Script(page)
    chat, other = ChatPage(page).open(alone.url), open_chat(alone)
    alone.post("/api/messages", {"thread": thread, "content": "news"})
    expect_unread([chat, other], "Elsewhere", True)
    refusal = {"type": "error", "code": "unavailable", "message": "the disk is full"}
    script.answer("update_thread", lambda _: refusal)
    chat.go("Elsewhere")
    while not script.commands:
        page.evaluate("new Promise(requestAnimationFrame)")
    expect_unread([other], "Elsewhere", True)
    script.pass_on("update_thread")
    expect_unread([other], "Elsewhere", False)
    expect(chat.get("failure")).to_have_count(0)


OVERTAKEN = """async () => {
  const { Threads } = await import('/js/threads.js');
  const shown = { name: 'main', on() {} };
  const late = { id: 'a', seq: 4, read_seq: 3, last_seq: 9, title: 'old' };
  const threads = new Threads({ command: async () => ({ threads: [late] }) }, shown);
  threads.take([{ id: 'a', seq: 5, read_seq: 9, last_seq: 9, title: 'new' }]);
  await threads.update({ title: 'old' }, 'a');
  const { title, read_seq } = threads.get('a');
  threads.take([late], true);
  return [title, read_seq, threads.get('a').title];
}"""


def test_an_answer_that_was_overtaken_takes_nothing_back(alone, open_chat):
    assert open_chat(alone).page.evaluate(OVERTAKEN) == ["new", 9, "old"]
