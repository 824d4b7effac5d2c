"""What each child does about a message, while it does it, and what can be done about that."""

import json
import re

import pytest
from axe import violations
from chatd import FIXTURES, PUPPETS
from chatpage import ChatPage
from playwright.sync_api import expect
from test_log import RED

PATIENT = """
[messages]
timeout_ms = 60000
timeout_max_ms = 120000
"""
ASIDE = """name = "Aside"
command = ["python3", "-B", "main.py"]
[messages]
wait = false
"""
STALLS = """name = "Stalls"
command = ["python3", "-B", "main.py"]
[config]
parts = 2
pause_ms = 100000
[messages]
timeout_ms = 60000
timeout_max_ms = 120000
"""


def patient(nursery, name):
    """A fixture whose answer is waited for much longer than a test takes."""
    manifest = (FIXTURES / name / "manifest.toml").read_text().split("\n[messages]")[0]
    return nursery.adopt(name, manifest + PATIENT)


@pytest.fixture
def open_nursery(start_chatd, open_chat, nursery):
    """chatd with the nursery's children ready, and the page."""

    def start(*names, **options):
        chatd = start_chatd(assistant="off", children=[nursery.folder])
        for name in names:
            chatd.post(f"/api/children/{name}/start")
        chat = open_chat(chatd, **options)
        for name in names:
            expect(chat.child(name)).to_have_attribute("data-state", "ready")
        return chatd, chat

    return start


def status(chat, message, child, wanted):
    """Waits until a child's chip says what it did; returns the chip."""
    chip = chat.chip(message, child)
    expect(chip).to_have_attribute("data-status", wanted)
    return chip


def test_chips_tell_what_each_child_does_and_which_one_was_slow(open_nursery, nursery):
    for name in ("echo", "slow", "declines", "crash", "partial"):
        nursery.adopt(name)
    nursery.adopt("late")
    nursery.adopt("hang")
    names = ("echo", "slow", "declines", "crash", "partial", "late", "hang")
    _, chat = open_nursery(*names)
    chat.say("slow:900 and crash")
    message = chat.by_user("slow:900")
    slow = status(chat, message, "slow", "waiting")
    expect(slow).to_contain_text(re.compile(r"waiting \d+\.\d s"))
    status(chat, message, "crash", "crashed")
    status(chat, message, "hang", "timed_out")
    status(chat, message, "declines", "declined")
    status(chat, message, "slow", "replied")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    expect(slow).to_contain_text("slowest")
    expect(slow).to_have_attribute("title", re.compile(r"half of these \d+ ms or less"))
    expect(message.locator(".chip-slowest")).to_have_count(1)
    for name in ("echo", "crash", "hang", "partial"):
        expect(chat.chip(message, name)).to_contain_text(re.compile(r"(<1|\d) ?m?s"))
    late = status(chat, message, "late", "replied")
    expect(late).to_have_attribute("data-late", "true")
    expect(late).to_contain_text("late")
    expect(late.locator(".chip-slowest")).to_have_count(0)
    expect(chat.reply(message, "late")).to_contain_text("sorry, I am late")


def test_an_answer_nobody_waits_for_joins_its_rollup(open_nursery, nursery):
    nursery.adopt("echo")
    folder = nursery.adopt("partial", ASIDE + "[config]\nparts = 1\npause_ms = 300\n")
    folder.rename(folder.with_name("aside"))
    _, chat = open_nursery("echo", "aside")
    chat.say("First")
    first = chat.by_user("First")
    expect(chat.get("rollup", first)).to_have_attribute("data-final", "true")
    chat.say("Second")
    expect(chat.reply(first, "aside")).to_contain_text("part 1.")
    expect(chat.chip(first, "aside")).to_have_attribute("data-late", "true")
    expect(chat.reply(chat.by_user("Second"), "aside")).to_contain_text("part 1.")


def test_a_child_that_hangs_is_restarted_on_the_message(open_nursery, nursery):
    patient(nursery, "hang")
    _, chat = open_nursery("hang")
    chat.say("Anybody?")
    message = chat.by_user("Anybody?")
    status(chat, message, "hang", "waiting")
    # Calm at first: there is no row until it has been silent for a while.
    assert chat.reply(message, "hang").count() == 0
    failure = chat.failure(message, "hang")
    expect(failure).to_contain_text("No answer yet")
    chat.chip(message, "hang").click()
    chat.get("reply-log").locator("summary").click()
    expect(chat.get("reply-log-lines")).to_contain_text("a message that I shall not answer")
    expect(failure.locator("[data-action=retry]")).to_be_hidden()
    restart = failure.get_by_role("button", name="Restart Hang")
    restart.focus()
    chat.page.keyboard.press("Enter")
    status(chat, message, "hang", "crashed")
    expect(chat.child("hang")).to_have_attribute("data-generation", "2")
    chat.expect_child("hang", "ready")
    expect(failure.get_by_role("button", name="Retry Hang")).to_be_focused()
    expect(failure.locator("[data-action=kill]")).to_be_hidden()


def test_a_child_that_hangs_is_killed_after_a_question(open_nursery, nursery):
    patient(nursery, "hang")
    _, chat = open_nursery("hang")
    chat.say("Anybody?")
    message = chat.by_user("Anybody?")
    failure = chat.failure(message, "hang")
    kill = failure.get_by_role("button", name="Kill Hang")
    kill.press("Enter")
    sure = failure.locator("[data-action=kill-confirm]")
    expect(sure).to_be_focused()
    expect(failure.get_by_role("group", name="Kill Hang at once?")).to_be_visible()
    assert violations(chat.page) == []
    sure.press("Escape")
    expect(kill).to_be_focused()
    status(chat, message, "hang", "waiting")
    kill.press("Enter")
    sure.press("Enter")
    status(chat, message, "hang", "crashed")
    chat.expect_child("hang", "stopped")
    expect(failure.get_by_role("button", name="Restart Hang")).to_be_visible()
    expect(failure.get_by_role("button", name="Retry Hang")).to_be_visible()
    expect(failure.locator("[data-action=kill]")).to_be_hidden()
    # The button is gone; the focus is where it was about: on another of the row, or on the chip.
    assert message.evaluate(
        "one => one.contains(document.activeElement.closest('[data-child=hang]'))"
    )


def test_a_child_that_stops_in_mid_answer_can_be_killed(open_nursery, nursery):
    nursery.adopt("partial", STALLS)
    nursery.adopt("slow")
    _, chat = open_nursery("partial", "slow")
    chat.say("Go on")
    message = chat.by_user("Go on")
    status(chat, message, "partial", "streaming")
    expect(status(chat, message, "slow", "replied")).to_contain_text(re.compile(r"replied \d"))
    failure = chat.failure(message, "partial")
    expect(failure).to_contain_text("Nothing more for a while")
    expect(chat.reply(message, "partial")).to_contain_text("part 1.")
    chat.chip(message, "partial").click()
    source = chat.get("reply-source")
    source.locator("summary").click()
    expect(source.locator("pre")).to_have_text("part 1. ")
    failure.get_by_role("button", name="Kill Stalls").click()
    failure.locator("[data-action=kill-confirm]").click()
    status(chat, message, "partial", "crashed")
    # What was unfolded stays so, whatever comes.
    expect(chat.get("reply-details")).to_contain_text("Outcomecrashed")


SAID = {"text": "**Bold** words", "html": "<p>Drawn</p>", "data": {"a": [1, {"b": None}]}}


def test_a_reply_opens_into_all_there_is_to_know(start_chatd, open_chat):
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    chatd.post("/api/children/puppet/start")
    chat = open_chat(chatd)
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.expect_child("puppet", "ready")
    chat.say("Show. puppet:" + json.dumps(SAID))
    message = chat.by_user("Show.")
    status(chat, message, "puppet", "replied").click()
    card = chat.get("reply-details")
    for words in ("Outcomereplied", "Took", "Attempt1", "Generation1"):
        expect(card).to_contain_text(words)
    expect(card.locator(".child-html")).to_be_visible()
    card.get_by_text("Text as it was written").click()
    expect(card.locator("pre")).to_have_text("**Bold** words")
    card.get_by_role("button", name="Copy the text of Puppet").click()
    assert chat.page.evaluate("navigator.clipboard.readText()") == SAID["text"]
    card.get_by_role("button", name="Copy the data of Puppet as JSON").click()
    assert json.loads(chat.page.evaluate("navigator.clipboard.readText()")) == SAID["data"]
    log = chat.get("reply-log")
    log.locator("summary").click()
    lines = chat.get("reply-log-lines").locator(".log-line")
    expect(lines.filter(has_text="pulled a string")).to_have_count(1)
    expect(lines.filter(has_text="pulled a string")).to_have_attribute("data-stream", "stderr")
    assert violations(chat.page) == []
    card.get_by_role("button", name="Close the details of Puppet").click()
    expect(chat.chip(message, "puppet")).to_be_focused()


def test_the_log_of_a_reply_is_that_of_its_moment(start_chatd, new_context):
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    chatd.post("/api/children/puppet/start")
    context = new_context()
    asked = []
    lines = []

    def logs(route):
        asked.append(route.request.url)
        route.fulfill(json={"lines": lines})

    context.route("**/api/children/puppet/logs?*", logs)
    chat = ChatPage(context.new_page()).open(chatd.url)
    chat.say('Now. puppet:{"text": "x"}')
    message = chat.by_user("Now.")
    status(chat, message, "puppet", "replied").click()
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    lines += [
        {"at": "2020-01-01T00:00:00.000Z", "stream": "stderr", "generation": 1, "text": "before"},
        {"at": "2099-01-01T00:00:00.000Z", "stream": "stdout", "generation": 1, "text": "after"},
    ]
    chat.get("reply-log").locator("summary").click()
    expect(chat.get("reply-log")).to_contain_text("Nothing was logged then.")
    expect(chat.get("reply-log-lines").locator(".log-line")).to_have_count(0)
    assert re.search(r"logs\?from=\d{4}-\d\d-\d\dT[^&]*Z&to=\d{4}-[^&]*Z&lines=200$", asked[-1])


def test_the_log_of_a_reply_is_coloured_and_hides_nothing(start_chatd, open_chat):
    chatd = start_chatd(assistant="off", children=[PUPPETS])
    chatd.post("/api/children/puppet/start")
    chat = open_chat(chatd)
    chat.expect_child("puppet", "ready")
    said = {"text": "x", "log": [RED, "user \u202etxt.exe\u202c \x1b[2Kerased", "<b>no html</b>"]}
    chat.say("Now. puppet:" + json.dumps(said))
    message = chat.by_user("Now.")
    status(chat, message, "puppet", "replied").click()
    chat.get("reply-log").locator("summary").click()
    lines = chat.get("reply-log-lines").locator(".log-text")
    expect(lines.filter(has_text="failed")).to_have_text("failed then green ground")
    expect(lines.locator("b .ansi-red-fg")).to_have_text("failed")
    expect(lines.locator(".ansi-green-bg")).to_have_text("green ground")
    expect(lines.filter(has_text="erased")).to_have_text("user \\u202etxt.exe\\u202c ␛[2Kerased")
    expect(lines.filter(has_text="no html")).to_have_text("<b>no html</b>")
    assert violations(chat.page) == []


SECONDS = "chip => parseFloat(chip.querySelector('.chip-time').textContent)"


def test_a_reload_knows_how_long_a_child_has_been_asked(open_nursery, nursery):
    patient(nursery, "hang")
    chatd, chat = open_nursery("hang")
    chat.say("Are you there?")
    message = chat.by_user("Are you there?")
    chip = status(chat, message, "hang", "waiting")
    expect(chip).to_contain_text(re.compile(r"[3-9]\.\d s"))
    before = chip.evaluate(SECONDS)
    chat.page.reload()
    assert status(chat, message, "hang", "waiting").evaluate(SECONDS) >= before
    chatd.kill()  # the child would have to be waited for


def test_a_card_says_how_near_its_child_is_to_being_parked(open_nursery, nursery):
    nursery.adopt("crash")
    _, chat = open_nursery("crash")
    chat.say("Please crash")
    facts = chat.get("child-facts", chat.child("crash"))
    expect(facts).to_contain_text("1\u00a0of\u00a05\u00a0failures")
