"""What the page loads when somebody wants it, or once it has nothing else to do."""

import pytest
from chatd import FIXTURES
from chatpage import ChatPage
from playwright.sync_api import expect

LOADED = """(names) => {
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  return names.every((name) => loaded.some((one) => one.endsWith(`/js/${name}.js`)));
}"""
LATER = [
    "reply-details", "reply-failure", "certificate", "question", "menu", "message-editor",
    "thread-actions", "log-view", "search-view", "shortcuts-view", "math-drawing", "highlight",
]  # fmt: skip


@pytest.fixture
def family(start_chatd, open_chat):
    """A page with one child that answers."""
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    chat = open_chat(chatd)
    chat.start("echo")
    chat.say("Hear this")
    chat.chatd = chatd
    chat.message = chat.by_user("Hear this")
    expect(chat.chip(chat.message, "echo")).to_have_attribute("data-status", "replied")
    return chat


def test_what_comes_later_is_there_when_chatd_is_gone(family):
    family.page.wait_for_function(LOADED, arg=LATER)
    family.chatd.kill()
    family.chip(family.message, "echo").click()
    expect(family.get("reply-details")).to_be_visible()
    family.press("echo", "kill")
    expect(family.child("echo").locator("[data-action=kill-confirm]")).to_be_focused()


def test_what_does_not_load_is_told_and_loads_with_the_next_click(start_chatd, new_context):
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    page = new_context().new_page()
    page.route("**/js/reply-details.js", lambda route: route.abort())
    page.route("**/js/question.js", lambda route: route.abort())
    chat = ChatPage(page).open(chatd.url)
    chat.start("echo")
    chat.say("Hear this")
    chip = chat.chip(chat.by_user("Hear this"), "echo")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    expect(chat.get("failure")).to_have_count(1)
    expect(chat.get("failure")).to_contain_text("More from Echo")
    expect(chip).to_have_attribute("aria-expanded", "false")
    chat.press("echo", "kill")
    expect(chat.get("failure")).to_have_count(2)
    expect(chat.get("failure").last).to_contain_text("Kill Echo")
    page.unroute("**/js/reply-details.js")
    page.unroute("**/js/question.js")
    chip.click()
    expect(chat.get("reply-details")).to_be_visible()
    expect(chip).to_have_attribute("aria-expanded", "true")
    chat.press("echo", "kill")
    expect(chat.child("echo").locator("[data-action=kill-confirm]")).to_be_focused()


def test_two_clicks_while_it_loads_leave_it_closed(start_chatd, new_context):
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    page = new_context().new_page()
    held = []
    page.route("**/js/reply-details.js", lambda route: held.append(route))
    chat = ChatPage(page).open(chatd.url)
    chat.start("echo")
    chat.say("Hear this")
    chip = chat.chip(chat.by_user("Hear this"), "echo")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    chip.click()
    chip.click()
    chip.click()
    while held:
        held.pop().continue_()
    page.wait_for_function(LOADED, arg=["reply-details", "data-tree"])
    expect(chip).to_have_attribute("aria-expanded", "false")
    expect(chat.get("reply-details")).to_have_count(0)
    chip.click()
    expect(chat.get("reply-details")).to_have_count(1)
