"""Every view of the page that a person can open, one after the other."""

import json

from chatd import EXAMPLES, PUPPETS
from playwright.sync_api import expect

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


def start(start_chatd, open_chat, **options):
    """chatd with children, three threads, one of them unread, and the page on the first."""
    chatd = start_chatd(assistant="off", children=[EXAMPLES, PUPPETS])
    chatd.post("/api/children/puppet/start")
    titles = ("Garden party", "A much longer title than the place for it will ever hold", "Taxes")
    for title in titles:
        thread = chatd.post("/api/threads", {"title": title})
    chat = open_chat(chatd, **options)
    expect(chat.get("thread-row")).to_have_count(4)
    chatd.post("/api/messages", {"content": "Who waters the roses?", "thread": thread["id"]})
    chat.say(FORMULA)
    message = chat.by_user("Energy")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    chat.say("@puppet Does it hold? puppet:" + json.dumps(SAID))
    message = chat.by_user("Does it hold?")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    return chat


def _is_phone(chat):
    return chat.page.viewport_size["width"] < 640


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


def _log(chat):
    if chat.page.viewport_size["width"] <= 960:
        chat.get("open-panel").click()
    chat.press("puppet", "log")
    expect(chat.get("log")).to_be_visible()
    chat.page.get_by_role("button", name="Enlarge the log of Puppet").click()
    expect(chat.page.get_by_role("dialog", name="Log of Puppet")).to_be_visible()
    yield "log"
    chat.page.keyboard.press("Escape")


def walk(chat):
    """Opens each view in turn; yields its name while it is open."""
    for view in (_threads, _menu, _search, _shortcuts, _reply, _branches, _notice, _log):
        yield from view(chat)
