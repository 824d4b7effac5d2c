"""Every view of the page that a person can open, one after the other."""

import json
import os
import signal

from chatd import EXAMPLES, PUPPETS, ROOT
from chatpage import ChatPage
from playwright.sync_api import expect
from script import Script, call

PICTURES = ROOT / ".build" / "screenshots"

FORMULA = (
    "Energy is $E = mc^2$, and\n\n$$\\int_0^1 x^2\\,dx = \\frac13$$\n\n"
    "```python\ndef mean(values):\n    return sum(values) / len(values)  # not of nothing\n```\n\n"
    "| Month | Rain |\n|---|---:|\n| May | 41 mm |\n| June | 57 mm |"
)
SAID = {
    "text": "It **holds** in all cases.", "data": {"cases": [1, 2, {"odd": None}], "ok": True},
    "log": [f"\x1b[{code}m{word}\x1b[0m is what it says" for code, word in
            ((31, "red"), (32, "green"), (33, "yellow"), (34, "blue"), (1, "bold"))],
}  # fmt: skip


def start(start_chatd, new_context, **options):
    """chatd with children, three threads, one of them unread, and the page on the first."""
    chatd = start_chatd(assistant="off", children=[EXAMPLES, PUPPETS])
    chatd.post("/api/children/puppet/start")
    titles = ("Garden party", "A much longer title than the place for it will ever hold", "Taxes")
    for title in titles:
        thread = chatd.post("/api/threads", {"title": title})
    page = new_context(**options).new_page()
    script = Script(page)
    chat = ChatPage(page).open(chatd.url)
    chat.chatd, chat.script = chatd, script
    expect(chat.get("thread-row")).to_have_count(4)
    chatd.post("/api/messages", {"content": "Who waters the roses?", "thread": thread["id"]})
    chat.say(FORMULA)
    message = chat.by_user("Energy")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    chat.say("@puppet Does it hold? puppet:" + json.dumps(SAID))
    message = chat.by_user("Does it hold?")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    return chat


def themes(chat):
    """Shows the page in one theme after the other; yields its name meanwhile."""
    for theme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=theme)
        yield theme


def picture(chat, name):
    """Puts it among the pictures that people look at."""
    chat.page.screenshot(path=PICTURES / f"{name}.png")


def _close(chat):
    chat.page.keyboard.press("Escape")
    expect(chat.get("dialog")).to_have_count(0)


def _threads(chat):
    expect(chat.page.locator("[data-testid=thread-row][data-unread=true]")).to_have_count(1)
    narrow = chat.page.viewport_size["width"] <= 1200
    if narrow:
        chat.get("open-threads").click()
        expect(chat.get("threads")).to_be_visible()
    yield "threads"
    if narrow:
        chat.page.keyboard.press("Escape")
        expect(chat.get("open-threads")).to_be_focused()


def _menu(chat):
    chat.get("thread-menu").click()
    expect(chat.get("menu")).to_be_visible()
    yield "menu"
    chat.page.get_by_role("menuitem", name="Rename").click()
    expect(chat.get("dialog")).to_be_visible()
    yield "rename"
    _close(chat)
    chat.get("thread-menu").click()
    chat.page.get_by_role("menuitem", name="Settings").click()
    expect(chat.get("dialog")).to_be_visible()
    yield "settings"
    _close(chat)


def _search(chat):
    chat.page.keyboard.press("Control+k")
    chat.get("search-field").fill("holds")
    expect(chat.get("hit")).not_to_have_count(0)
    yield "search"
    chat.get("search-field").fill("nowhere to be found")
    expect(chat.get("search-status")).to_have_text("Nothing found")
    yield "search-none"
    _close(chat)


def _shortcuts(chat):
    chat.page.locator("#scroller").focus()
    chat.page.keyboard.press("?")
    expect(chat.get("dialog")).to_be_visible()
    yield "shortcuts"
    _close(chat)


def _reply(chat):
    message = chat.by_user("Does it hold?")
    chat.chip(message, "puppet").click()
    chat.get("reply-log").locator("summary").click()
    expect(chat.get("reply-log-lines")).to_contain_text("what it says")
    chat.get("reply-details").scroll_into_view_if_needed()
    yield "details"
    chat.page.get_by_role("button", name="Close the details of Puppet").click()


def _branches(chat):
    message = chat.by_user("Energy")
    message.scroll_into_view_if_needed()
    yield "formulas"
    message = chat.by_user("Does it hold?")
    message.hover()
    chat.get("edit", message).click()
    expect(chat.get("editor")).to_be_visible()
    yield "editor"
    chat.get("edit-text").fill("@puppet And in the others?")
    chat.get("edit-text").press("Enter")
    message = chat.by_user("And in the others?")
    expect(chat.get("branch", message)).to_be_visible()
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    message.hover()
    yield "branches"


def _notice(chat):
    narrow = chat.page.viewport_size["width"] <= 1200
    if narrow:
        chat.get("open-threads").click()
    chat.page.get_by_role("button", name="More about Garden party").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.get("notice")).to_be_visible()
    if narrow:
        chat.page.keyboard.press("Escape")
    yield "notice"
    chat.page.get_by_role("button", name="Dismiss").click()
    if narrow:
        chat.get("open-threads").click()
    with chat.page.expect_file_chooser() as chooser:
        chat.get("import").click()
    chooser.value.set_files(
        {"name": "no.json", "mimeType": "application/json", "buffer": b'{"entries": 1}'}
    )
    if narrow:
        chat.page.keyboard.press("Escape")
    expect(chat.get("failure")).to_be_visible()
    yield "import-error"
    chat.page.get_by_role("button", name="Dismiss").click()


def _log(chat):
    sheet = chat.page.viewport_size["width"] <= 960
    if sheet:
        chat.get("open-panel").click()
    chat.press("puppet", "log")
    expect(chat.get("log")).to_be_visible()
    chat.page.get_by_role("button", name="Enlarge the log of Puppet").click()
    expect(chat.page.get_by_role("dialog", name="Log of Puppet")).to_be_visible()
    yield "log"
    chat.page.keyboard.press("Escape")
    chat.press("puppet", "kill")
    expect(chat.child("puppet").locator("[data-action=kill-confirm]")).to_be_focused()
    yield "question"
    chat.page.keyboard.press("Escape")
    chat.press("puppet", "log")
    if sheet:
        chat.page.keyboard.press("Escape")
        expect(chat.get("open-panel")).to_be_focused()


def _hanging(chat):
    pid = chat.fact("puppet", "pid")
    os.kill(pid, signal.SIGSTOP)
    try:
        chat.say("@puppet Are you still there?")
        message = chat.by_user("Are you still there?")
        expect(chat.failure(message, "puppet")).to_contain_text("No answer yet")
        yield "hanging"
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")


def _tools(chat):
    chat.script.begin(chat.chatd)
    chat.script.answered("It ends in the middle of", status="interrupted", error="overloaded")
    chat.script.answered("", status="failed", error="HTTP 401: the key is not valid")
    text = [{"type": "text", "text": "6 * 7 = 42"}]
    chat.script.called(
        call("a", "done", content=text, latency_ms=12.4),
        call("b", "failed", reason="it exited with code 3", latency_ms=2100),
        call("c", "waiting"),
    )
    expect(chat.get("tool-approval")).to_be_visible()
    chat.get("tool-summary").first.click()
    expect(chat.get("tool-result").first).to_contain_text("42")
    chat.get("tool-approval").scroll_into_view_if_needed()
    yield "tools"


def _mentions(chat):
    chat.input.fill("@")
    expect(chat.page.get_by_role("listbox")).to_be_visible()
    yield "mentions"
    chat.input.fill("")


def _lost(chat):
    chat.chatd.kill()
    chat.say("Goes out when chatd is back")
    expect(chat.get("connection")).to_be_visible()
    expect(chat.get("pending")).to_be_in_viewport()
    yield "lost"


VIEWS = (
    _threads, _menu, _search, _shortcuts, _reply, _branches, _notice, _log, _hanging, _tools,
    _mentions, _lost,
)  # fmt: skip


def walk(chat):
    """Opens each view in turn; yields its name while it is open. chatd is gone at the end."""
    for view in VIEWS:
        yield from view(chat)
