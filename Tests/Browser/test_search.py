"""Search over all threads, the way to what it finds, and the keys of the page."""

import pytest
from axe import violations
from playwright.sync_api import expect

THREAD = "01a20630-3f48-720e-ab31-c9ec3b45d46d"


@pytest.fixture
def home(start_chatd, nursery):
    """chatd without an assistant, with a child that repeats what it hears."""
    nursery.adopt("echo")
    return start_chatd(assistant="off", children=[nursery.folder])


def long_thread(chatd, count=1000):
    """Takes a thread of so many messages in, of which one is on another branch."""

    def message(number, parent, content):
        name = f"01a20630-0000-7000-8000-{number:012}"
        return {
            "type": "Message", "id": name, "parent": parent, "thread": THREAD, "seq": number + 1,
            "created_at": "2026-11-20T10:00:00.000Z", "role": "user", "content": content,
            "to": None, "author": None, "status": "complete", "error": None, "model": None,
            "stop_reason": None, "usage": None,
        }  # fmt: skip

    entries = [message(0, None, "the needle of the beginning")]
    entries.append(message(1, entries[0]["id"], "a haystack beside"))
    for number in range(2, count):
        parent = entries[0 if number == 2 else -1]["id"]
        entries.append(message(number, parent, f"straw {number}"))
    thread = chatd.get("/api/export")["thread"] | {
        "id": THREAD, "title": "Long", "head": entries[-1]["id"]
    }  # fmt: skip
    chatd.post("/api/import", {
        "format": "chatd-thread", "version": 1, "exported_at": "2026-11-20T10:00:00.000Z",
        "thread": thread, "entries": entries, "queued": [],
    })  # fmt: skip


def search(chat, words):
    """Opens the search by its key and looks for words; what is found."""
    chat.page.keyboard.press("Control+k")
    expect(chat.get("search-field")).to_be_focused()
    chat.page.keyboard.type(words)
    return chat.get("hit")


def test_words_are_found_in_all_threads_and_in_what_children_said(home, open_chat):
    chat = open_chat(home)
    chat.start("echo")
    second = home.post("/api/threads", {"title": "Second"})["id"]
    home.post("/api/messages", {"thread": second, "content": "a zebra <b>crossing</b>"})
    hits = search(chat, "zebra")
    expect(hits.locator("mark").first).to_have_text("zebra")
    expect(hits.filter(has_text="Second")).not_to_have_count(0)
    expect(hits.filter(has_text="Echo")).to_have_count(1)
    expect(chat.get("search-status")).to_have_text("2 places")
    expect(hits.first.locator("b")).to_have_count(0)
    assert violations(chat.page) == []


def test_by_keyboard_to_a_hit_in_another_thread_and_to_the_same_again(home, open_chat):
    chat = open_chat(home)
    long_thread(home)
    expect(chat.row("Long")).to_have_count(1)
    hits = search(chat, "needle")
    expect(hits).to_have_count(1)
    chat.page.keyboard.press("ArrowDown")
    expect(hits).to_be_focused()
    chat.page.keyboard.press("ArrowUp")
    expect(chat.get("search-field")).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("Enter")
    found = chat.by_user("the needle of the beginning")
    expect(found).to_be_focused()
    expect(found).to_be_in_viewport()
    expect(chat.get("thread-title")).to_have_text("Long")
    chat.get("to-end").click()
    expect(chat.by_user("straw 999")).to_be_in_viewport()
    expect(search(chat, "needle")).to_have_count(1)
    chat.page.keyboard.press("Enter")
    expect(found).to_be_in_viewport()
    expect(found).to_be_focused()


def test_a_hit_on_another_branch_leads_there(home, open_chat):
    chat = open_chat(home)
    long_thread(home)
    chat.go("Long")
    expect(chat.by_user("straw 999")).to_be_in_viewport()
    hits = search(chat, "haystack")
    expect(hits).to_have_count(1)
    chat.page.keyboard.press("Enter")
    expect(chat.by_user("a haystack beside")).to_be_focused()
    expect(chat.messages).to_have_count(2)
    expect(search(chat, '"straw 500"')).to_have_count(1)
    chat.page.keyboard.press("Enter")
    expect(chat.by_user("straw 500")).to_be_focused()
    expect(chat.by_user("straw 500")).to_be_in_viewport()


def test_enter_goes_to_the_words_that_stand_there_and_not_to_those_before(home, open_chat):
    chat = open_chat(home)
    long_thread(home, 10)
    expect(search(chat, "needle")).to_have_count(1)
    chat.get("search-field").fill("straw 7")
    chat.page.keyboard.press("Enter")
    expect(chat.by_user("straw 7")).to_be_focused()


def test_escape_gives_the_focus_back_and_nothing_found_is_said(home, open_chat):
    chat = open_chat(home)
    chat.input.fill("half a thought")
    expect(search(chat, "nosuchword")).to_have_count(0)
    expect(chat.get("search-status")).to_have_text("Nothing found")
    # Its own key does not open it twice.
    chat.page.keyboard.press("Control+k")
    expect(chat.get("dialog")).to_have_count(1)
    chat.page.keyboard.press("Escape")
    expect(chat.get("dialog")).to_have_count(0)
    expect(chat.input).to_be_focused()
    expect(chat.input).to_have_value("half a thought")


@pytest.mark.parametrize("words", ["!!!", '"', "*", "x" * 3000])
def test_whatever_is_typed_is_answered_in_words(home, open_chat, words):
    chat = open_chat(home)
    search(chat, "")
    chat.get("search-field").fill(words)
    expect(chat.get("search-status")).not_to_be_empty()
    expect(chat.get("hit")).to_have_count(0)


def test_more_is_found_further_back(home, open_chat):
    chat = open_chat(home)
    long_thread(home)
    hits = search(chat, "straw")
    expect(chat.get("search-status")).to_have_text("20 places")
    chat.get("dialog").get_by_role("button", name="Look further back").click()
    expect(chat.get("search-status")).to_have_text("40 places")
    expect(hits).to_have_count(40)


def test_a_lost_connection_is_said_in_the_search(home, open_chat):
    chat = open_chat(home)
    search(chat, "a")
    home.kill()
    chat.get("search-field").fill("zebra")
    expect(chat.get("search-status")).to_have_text("not connected to chatd")


def test_the_keys_are_listed_and_do_what_the_list_says(home, open_chat):
    chat = open_chat(home)
    long_thread(home, 10)
    chat.go("Long")
    keys = chat.page.keyboard
    chat.get("thread").focus()
    keys.press("k")
    expect(chat.by_user("straw 9")).to_be_focused()
    keys.press("k")
    expect(chat.by_user("straw 8")).to_be_focused()
    keys.press("j")
    expect(chat.by_user("straw 9")).to_be_focused()
    keys.press("s")
    keys.press("t")
    expect(chat.get("threads")).to_have_attribute("data-place", "away")
    keys.press("t")
    expect(chat.get("threads")).to_have_attribute("data-place", "column")
    keys.press("c")
    expect(chat.get("panel")).to_have_attribute("data-place", "away")
    keys.press("c")
    keys.press("e")
    expect(chat.get("to-end")).to_be_hidden()
    # There was no answer to stop.
    expect(chat.get("failure")).to_have_count(0)
    keys.press("?")
    expect(chat.get("dialog")).to_contain_text("New thread")
    assert violations(chat.page) == []
    keys.press("n")
    expect(chat.get("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("/")
    expect(chat.input).to_be_focused()
    keys.type("/jken?")
    expect(chat.input).to_have_value("/jken?")
    expect(chat.get("dialog")).to_have_count(0)
    expect(chat.get("thread-row")).to_have_count(2)
    chat.get("thread").focus()
    keys.press("n")
    expect(chat.get("thread-title")).to_have_text("New thread")
    expect(chat.input).to_be_focused()


def test_single_keys_can_be_turned_off_and_stay_so(home, open_chat):
    chat = open_chat(home)
    keys = chat.page.keyboard
    chat.get("open-keys").click()
    chat.get("dialog").get_by_role("checkbox").uncheck()
    keys.press("Escape")
    for _ in range(2):
        chat.get("thread").focus()
        for key in ("?", "n", "/", "t", "c"):
            keys.press(key)
        expect(chat.get("thread")).to_be_focused()
        expect(chat.get("dialog")).to_have_count(0)
        expect(chat.get("threads")).to_have_attribute("data-place", "column")
        chat.page.reload()
        chat.wait_live()
    keys.press("Control+k")
    expect(chat.get("search-field")).to_be_focused()
    assert len(home.get("/api/threads")["threads"]) == 1
