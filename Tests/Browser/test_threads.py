"""Threads: begun, named, deleted and taken back, read and unread, in one tab and in two."""

import json

import pytest
from axe import violations
from chatpage import ChatPage
from playwright.sync_api import expect


@pytest.fixture
def quiet(start_chatd):
    """chatd with no children to wait for."""

    def start(nursery, **options):
        return start_chatd(children=[nursery.folder], **options)

    return start


@pytest.fixture
def home(quiet, nursery):
    """chatd with Claude and no children."""
    return quiet(nursery)


def make(chatd, title, *messages):
    """A thread with messages; returns its identifier."""
    thread = chatd.post("/api/threads", {"title": title})["id"]
    for content in messages:
        chatd.post("/api/messages", {"thread": thread, "content": content})
    return thread


def test_a_new_thread_takes_the_focus_to_the_composer_and_its_title_from_the_first_words(
    home, open_chat
):
    chat = open_chat(home)
    chat.begin()
    expect(chat.input).to_be_focused()
    # It stands ahead of those that are older, though nothing was said in it yet.
    expect(chat.get("thread-row").first.get_by_role("link")).to_have_attribute(
        "aria-current", "page"
    )
    chat.page.keyboard.type("Where do swifts sleep?")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("Really?")
    chat.page.keyboard.press("Enter")
    expect(chat.input).to_have_value("")
    expect(chat.get("thread-title")).to_have_text("Where do swifts sleep?")
    expect(chat.row("Where do swifts sleep?")).to_have_count(1)
    assert "Where do swifts sleep?" in chat.page.title()


def test_a_thread_is_renamed_and_an_empty_title_takes_the_usual_one_back(home, open_chat):
    chat, other = open_chat(home), open_chat(home)
    make(home, "Old")
    chat.go("Old")
    chat.choose("Old", "Rename")
    field = chat.page.get_by_role("textbox", name="Title")
    expect(field).to_be_focused()
    assert violations(chat.page) == []
    chat.page.keyboard.type("<b>New</b> & improved")
    chat.page.keyboard.press("Enter")
    for page in (chat, other):
        expect(page.row("<b>New</b> & improved")).to_have_count(1)
    expect(chat.get("thread-title")).to_have_text("<b>New</b> & improved")
    expect(chat.row("<b>New</b>").get_by_role("button")).to_be_focused()
    other.choose("<b>New</b> & improved", "Rename")
    other.page.keyboard.press("Delete")
    other.page.keyboard.press("Enter")
    expect(chat.get("thread-title")).to_have_text("New thread")


def test_escape_leaves_a_rename_undone(home, open_chat):
    make(home, "Stays")
    chat = open_chat(home)
    chat.choose("Stays", "Rename")
    chat.page.keyboard.type("Other")
    chat.page.keyboard.press("Escape")
    expect(chat.get("dialog")).to_have_count(0)
    expect(chat.row("Stays").get_by_role("button")).to_be_focused()
    expect(chat.row("Other")).to_have_count(0)


def test_the_thread_that_is_shown_is_deleted_and_taken_back(home, open_chat):
    thread = make(home, "Short-lived", "Still here")
    chat = open_chat(home).listen()
    chat.go("Short-lived")
    expect(chat.by_user("Still here")).to_have_count(1)
    chat.choose("Short-lived", "Delete")
    expect(chat.get("thread-title")).to_have_text("Main")
    expect(chat.row("Short-lived")).to_have_count(0)
    expect(chat.by_user("Still here")).to_have_count(0)
    chat.expect_said("“Short-lived” is deleted")
    expect(chat.row("Main").get_by_role("link")).to_be_focused()
    chat.get("notice").get_by_role("button", name="Undo").click()
    expect(chat.get("thread-title")).to_have_text("Short-lived")
    expect(chat.by_user("Still here")).to_have_count(1)
    assert chat.page.evaluate("location.hash") == f"#/{thread}"


def test_another_thread_is_deleted_and_what_is_shown_stays(home, open_chat):
    make(home, "Other")
    chat = open_chat(home)
    chat.input.fill("half a thought")
    chat.choose("Other", "Delete")
    expect(chat.get("notice")).to_have_count(1)
    expect(chat.get("notice")).to_contain_text("“Other” is deleted")
    expect(chat.row("Other")).to_have_count(0)
    expect(chat.get("thread-title")).to_have_text("Main")
    expect(chat.input).to_have_value("half a thought")


def test_the_main_thread_offers_no_deletion(home, open_chat):
    chat = open_chat(home)
    chat.row("Main").get_by_role("button").click()
    expect(chat.page.get_by_role("menuitem", name="Rename")).to_be_focused()
    expect(chat.page.get_by_role("menuitem", name="Delete")).to_have_count(0)
    assert violations(chat.page) == []
    # The same button closes it.
    chat.row("Main").get_by_role("button").click()
    expect(chat.get("menu")).to_have_count(0)
    expect(chat.row("Main").get_by_role("button")).to_have_attribute("aria-expanded", "false")


def test_a_thread_deleted_in_another_tab_leads_to_main_and_says_so(home, open_chat):
    thread = make(home, "Shared", "In both")
    chat, other = open_chat(home).listen(), open_chat(home)
    chat.go("Shared")
    chat.input.fill("@half")
    home.post(f"/api/threads/{thread}", method="DELETE")
    expect(chat.get("thread-title")).to_have_text("Main")
    chat.expect_said("“Shared” is deleted")
    expect(other.get("notice")).to_have_count(0)
    chat.wait_live()
    assert chat.page.evaluate("location.hash") == "#/main"
    chat.get("notice").get_by_role("button", name="Undo").click()
    expect(chat.get("thread-title")).to_have_text("Shared")
    expect(chat.input).to_have_value("@half")
    expect(other.row("Shared")).to_have_count(1)


@pytest.mark.parametrize("address", ["#/no-such-thread", "#/%E0%A4%A", "#/a/b/c"])
def test_the_address_of_a_thread_that_is_gone_leads_to_main_and_says_so(home, new_context, address):
    chat = ChatPage(new_context().new_page()).open(home.url + "/" + address)
    expect(chat.get("thread-title")).to_have_text("Main")
    expect(chat.get("notice")).to_contain_text("not there any more")
    assert chat.page.evaluate("location.hash") == "#/main"
    chat.say("Hello")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")


def test_back_a_reload_and_a_bookmark_lead_to_their_threads(home, open_chat, new_context):
    thread = make(home, "Second", "In the second")
    chat = open_chat(home)
    chat.say("In the first")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    chat.go("Second")
    expect(chat.messages).to_have_count(2)
    chat.page.go_back()
    expect(chat.by_user("In the first")).to_have_count(1)
    expect(chat.by_user("In the second")).to_have_count(0)
    chat.page.go_forward()
    expect(chat.by_user("In the second")).to_have_count(1)
    chat.page.reload()
    expect(chat.by_user("In the second")).to_have_count(1)
    expect(chat.get("thread-title")).to_have_text("Second")
    marked = ChatPage(new_context().new_page()).open(f"{home.url}/#/{thread}")
    expect(marked.by_user("In the second")).to_have_count(1)


def test_the_skip_link_leads_to_the_field_and_not_out_of_the_thread(home, open_chat):
    thread = make(home, "Second")
    chat = open_chat(home)
    chat.go("Second")
    chat.page.locator(".skip").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    chat.page.wait_for_function("name => location.hash === `#/${name}`", arg=thread)
    expect(chat.get("thread-title")).to_have_text("Second")


def test_a_thread_begun_or_deleted_in_one_tab_shows_in_the_other(home, open_chat):
    chat, other = open_chat(home), open_chat(home)
    chat.begin()
    expect(other.row("New thread")).to_have_count(1)
    expect(other.get("thread-title")).to_have_text("Main")
    chat.say("Named by this")
    expect(other.row("Named by this")).to_have_count(1)
    other.choose("Named by this", "Delete")
    expect(chat.row("Named by this")).to_have_count(0)
    expect(chat.get("thread-title")).to_have_text("Main")


def test_each_thread_keeps_its_draft_over_a_switch_and_a_reload(home, open_chat):
    make(home, "Second")
    chat = open_chat(home)
    chat.input.fill("for the first")
    chat.go("Second")
    expect(chat.input).to_have_value("")
    chat.input.fill("for the second")
    chat.go("Main")
    expect(chat.input).to_have_value("for the first")
    chat.page.reload()
    expect(chat.input).to_have_value("for the first")
    chat.go("Second")
    expect(chat.input).to_have_value("for the second")


def test_what_was_written_without_connection_goes_to_its_own_thread(home, open_chat):
    thread = make(home, "Second")
    chat = open_chat(home)
    chat.go("Second")
    home.kill()
    expect(chat.get("connection")).to_be_visible()
    chat.say("For the second alone")
    expect(chat.get("pending")).to_have_count(1)
    chat.row("Main").get_by_role("link").click()
    expect(chat.get("thread-title")).to_have_text("Main")
    expect(chat.get("pending")).to_have_count(0)
    home.start()
    chat.wait_live()
    expect(chat.row("Second")).to_have_attribute("data-unread", "true")
    expect(chat.messages).to_have_count(0)
    chat.go("Second")
    expect(chat.by_user("For the second alone")).to_have_count(1)
    assert home.messages() == []
    stored = home.get(f"/api/messages?thread={thread}")["messages"]
    assert [one["content"] for one in stored if one.get("role") == "user"] == [
        "For the second alone"
    ]


def test_what_was_written_for_a_thread_that_is_gone_is_not_lost(home, open_chat):
    thread = make(home, "Doomed")
    chat = open_chat(home)
    chat.go("Doomed")
    chat.page.context.set_offline(True)
    chat.page.evaluate("window.dispatchEvent(new Event('offline'))")
    home.kill()
    chat.say("Words worth keeping")
    expect(chat.get("pending")).to_have_attribute("data-state", "waiting")
    home.start()
    home.post(f"/api/threads/{thread}", method="DELETE")
    chat.page.context.set_offline(False)
    expect(chat.get("thread-title")).to_have_text("Main")
    expect(chat.get("pending")).to_have_attribute("data-state", "refused")
    expect(chat.get("pending")).to_contain_text("Words worth keeping")
    chat.get("pending").get_by_role("button", name="Discard").click()
    expect(chat.get("pending")).to_have_count(0)


def test_an_answer_of_another_thread_is_not_drawn_here_and_is_whole_there(home, open_chat, claude):
    make(home, "Second")
    chat = open_chat(home)
    chat.say("Hello scenario:hold?key=elsewhere")
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    chat.go("Second")
    expect(chat.get("empty")).to_be_visible()
    expect(chat.get("stop")).to_be_hidden()
    claude.release("elsewhere")
    expect(chat.row("Main")).to_have_attribute("data-unread", "true")
    expect(chat.messages).to_have_count(0)
    assert chat.page.title().startswith("(1) ")
    chat.go("Main")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    expect(chat.answers.first).to_contain_text("You said: Hello")
    expect(chat.row("Main")).to_have_attribute("data-unread", "false")


def test_streaming_goes_on_after_coming_back_in_the_middle(home, open_chat, claude):
    make(home, "Second")
    chat = open_chat(home)
    chat.say("Hello scenario:hold?key=back")
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    chat.go("Second")
    chat.go("Main")
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    expect(chat.get("stop")).to_be_visible()
    claude.release("back")
    expect(chat.answers.first).to_have_attribute("data-status", "complete")
    expect(chat.answers.first).to_contain_text("You said: Hello")
    expect(chat.answers).to_have_count(1)


SWITCH = """([one, other]) => {
  for (let i = 0; i < 20; i += 1) location.hash = `#/${i % 2 ? one : other}`;
}"""


def switch_quickly(chat, one, other):
    """Goes to and fro 20 times and ends in `one`; what was sent meanwhile has come."""
    chat.page.evaluate(SWITCH, [one, other])
    chat.page.wait_for_function("one => location.hash === `#/${one}`", arg=one)
    expect(chat.row("One").get_by_role("link")).to_have_attribute("aria-current", "page")
    chat.wait_live()


def test_switching_quickly_ends_with_the_right_thread(home, open_chat):
    one, other = make(home, "One", "first of one"), make(home, "Other", "first of other")
    chat = open_chat(home)
    for _ in range(3):
        switch_quickly(chat, one, other)
        home.post("/api/messages", {"thread": other, "content": "more of other"})
        home.post("/api/messages", {"thread": one, "content": "more of one"})
        expect(chat.by_user("more of one").last).to_be_visible()
        expect(chat.messages.filter(has_text="other")).to_have_count(0)


def test_control_a_thread_that_takes_what_belongs_to_others_is_seen(home, new_context):
    one, other = make(home, "One", "first of one"), make(home, "Other", "first of other")
    page = new_context().new_page()

    def plant(route):
        source = route.fetch()
        wrong = source.text().replace("(entry.thread ?? this.name) !== this.name", "false")
        assert wrong != source.text()
        route.fulfill(response=source, body=wrong)

    page.route("**/thread-model.js", plant)
    chat = ChatPage(page).open(home.url)
    switch_quickly(chat, one, other)
    home.post("/api/messages", {"thread": other, "content": "more of other"})
    expect(chat.messages.filter(has_text="more of other").first).to_be_visible()
