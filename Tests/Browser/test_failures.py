"""What goes wrong with children, and how their cards show it."""

import os
import re
import signal

import pytest
from axe import violations, violations_of_both
from chatd import FIXTURES
from playwright.sync_api import expect
from trouble import SLOWLY, make_trouble

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}


def test_a_death_is_certified_in_one_line_that_opens(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[FIXTURES])).listen()
    chat.start("echo")
    os.kill(chat.fact("echo", "pid"), signal.SIGKILL)
    expect(chat.child("echo")).to_have_attribute("data-generation", "2")
    chat.expect_child("echo", "ready")
    chat.expect_said("Echo: ended by SIGKILL (killed from outside)")
    chat.expect_said("Echo: Ready")
    paper = chat.certificate("echo")
    expect(paper).to_have_attribute("data-prominent", "false")
    expect(paper).not_to_have_attribute("open", "")
    expect(paper.locator("summary").first).to_contain_text("Last exit")
    paper.locator("summary").first.press("Enter")
    expect(paper).to_have_attribute("open", "")
    expect(paper).to_contain_text(re.compile(r"Ran for\d+(\.\d)? m?s"))
    expect(paper).to_contain_text(re.compile(r"Processor time\d+(\.\d)? m?s"))
    expect(paper).to_contain_text(re.compile(r"Peak memory\d+(\.\d)? MiB"))
    expect(chat.get("child-next", paper)).to_have_text("Was started again at once")
    expect(chat.get("child-held", paper)).to_be_hidden()


def test_a_parked_child_says_why_and_what_comes_next(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[FIXTURES])).listen()
    chat.press("exit-78", "start")
    chat.expect_child("exit-78", "parked")
    paper = chat.certificate("exit-78")
    expect(paper).to_have_attribute("data-prominent", "true")
    expect(paper).to_contain_text("exited with code 78 (its configuration is wrong)")
    expect(chat.get("child-next", paper)).to_have_text(
        "Not tried again until somebody starts it"
    )
    paper.get_by_text("Its last lines").click()
    expect(paper.locator("pre")).to_have_text("[config] token is missing")
    chat.expect_said("Exit 78: exited with code 78 (its configuration is wrong)")
    expect(chat.get("failure")).to_contain_text("Start Exit 78")
    expect(chat.page.get_by_role("button", name="Start now Exit 78")).to_be_enabled()


LOUD = """printf '\\033[1;31mfailed\\033[0m then \\033[42mgreen ground\\033[0m\\n' >&2
printf 'user \\342\\200\\256txt.exe <b>no html</b>\\n' >&2
exit 78
"""


def test_last_words_are_coloured_and_hide_nothing(start_chatd, open_chat, nursery):
    nursery.adopt("exit-at-once", SLOWLY)
    (nursery.folder / "exit-at-once" / "main.sh").write_text(LOUD)
    chat = open_chat(start_chatd(children=[nursery.folder]))
    chat.press("exit-at-once", "start")
    chat.expect_child("exit-at-once", "parked")
    paper = chat.certificate("exit-at-once")
    paper.get_by_text("Its last lines").click()
    words = paper.locator("pre")
    expect(words.locator("b .ansi-red-fg")).to_have_text("failed")
    expect(words.locator(".ansi-green-bg")).to_have_text("green ground")
    expect(words).to_have_text(
        "failed then green ground user \\u202etxt.exe <b>no html</b>"
    )
    assert violations(chat.page) == []


def test_a_backoff_counts_down_and_is_cut_short(start_chatd, open_chat, nursery):
    nursery.adopt("exit-at-once", SLOWLY)
    chat = open_chat(start_chatd(children=[nursery.folder]))
    chat.press("exit-at-once", "start")
    chat.expect_child("exit-at-once", "backing_off")
    generation = chat.fact("exit-at-once", "generation")
    paper = chat.certificate("exit-at-once")
    expect(paper).to_have_attribute("data-prominent", "true")
    words = re.compile(r"Starts again in (1 min( \d s)?|\d\d s), at \d\d:\d\d:\d\d")
    expect(chat.get("child-next", paper)).to_have_text(words)
    shown = chat.get("child-next", paper).inner_text()
    expect(chat.get("child-next", paper)).not_to_have_text(shown)
    expect(chat.get("child-next", paper)).to_have_text(words)
    chat.press("exit-at-once", "start")
    expect(chat.child("exit-at-once")).to_have_attribute("data-generation", str(generation + 2))
    chat.expect_child("exit-at-once", "backing_off")


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 500}])
def test_the_message_that_a_child_died_of_is_a_link_to_it(start_chatd, open_chat, size):
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    chatd.post("/api/children/crash/start")
    chat = open_chat(chatd, viewport=size)
    chat.say("please crash 42")
    message = chat.by_user("please crash 42")
    expect(chat.chip(message, "crash")).to_have_attribute("data-status", "crashed")
    chat.say("\n\n".join(f"paragraph {number}" for number in range(40)))
    expect(chat.get("rollup", chat.by_user("paragraph 39"))).to_have_attribute(
        "data-final", "true"
    )
    expect(message).not_to_be_in_viewport()
    if size == PHONE:
        chat.get("open-panel").click()
    paper = chat.certificate("crash")
    paper.locator("summary").first.click()
    expect(paper).to_contain_text("exited with code 42")
    chat.get("child-held", paper).get_by_role(
        "link", name="Show the message “please crash 42”"
    ).click()
    expect(message).to_be_in_viewport()
    expect(message).to_be_focused()
    if size == PHONE:
        expect(chat.get("panel")).to_be_hidden()


def test_a_message_that_the_page_does_not_have_is_counted(start_chatd, open_chat):
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    chatd.post("/api/children/crash/start")
    other = chatd.post("/api/threads", {"title": "Other"})["id"]
    chat = open_chat(chatd)
    chatd.post("/api/messages", {"content": "crash there", "thread": other})
    paper = chat.certificate("crash")
    expect(paper).to_be_visible()
    paper.locator("summary").first.click()
    expect(chat.get("child-held", paper)).to_have_text("1 message not shown here")


def test_a_question_about_a_generation_that_is_over_kills_nobody(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[FIXTURES]))
    chat.start("echo")
    chat.press("echo", "kill")
    os.kill(chat.fact("echo", "pid"), signal.SIGKILL)
    expect(chat.child("echo")).to_have_attribute("data-generation", "2")
    chat.expect_child("echo", "ready")
    chat.press("echo", "kill-confirm")
    expect(chat.get("failure")).to_contain_text("generation 1 of echo is over: it is at 2 now")
    chat.expect_child("echo", "ready")
    assert chat.fact("echo", "generation") == 2


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}])
def test_axe_finds_nothing_wrong_with_what_goes_wrong(start_chatd, open_chat, nursery, viewport):
    chat = make_trouble(
        nursery, start_chatd, open_chat, viewport=viewport, reduced_motion="reduce")
    assert violations_of_both(chat.page) == []
    chat.certificate("slow").locator("summary").first.click()
    chat.certificate("crash").locator("summary").first.click()
    if viewport == PHONE:
        chat.get("child-held", chat.certificate("crash")).get_by_role("link").click()
        expect(chat.by_user("Please crash")).to_be_focused()
    assert violations_of_both(chat.page) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_what_goes_wrong_fits_into_320_pixels(start_chatd, open_chat, nursery, direction):
    chat = make_trouble(nursery, start_chatd, open_chat, viewport=NARROW)
    chat.page.locator("html").evaluate("(root, dir) => { root.dir = dir; }", direction)
    chat.certificate("crash").locator("summary").first.click()
    parts = ".child, .child *, .reply, .reply-failure, .reply-failure *"
    sticking_out = chat.page.locator(parts).evaluate_all(
        """(all, width) => all.filter((one) => one.getClientRects().length > 0).filter((one) => {
          const box = one.getBoundingClientRect();
          return box.left < 0 || box.right > width;
        }).map((one) => one.outerHTML.slice(0, 80))""",
        NARROW["width"],
    )
    assert sticking_out == []
    boxes = chat.page.locator(
        ".certificate summary:visible, .held a:visible, .child button:visible"
    ).evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert len(boxes) > 10 and min(boxes) >= 24
