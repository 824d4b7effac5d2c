"""Edits, other answers, and the way between them: `‹ 2/3 ›`."""

import uuid

import pytest
from axe import violations
from chatd import EXAMPLES
from chatpage import ChatPage
from playwright.sync_api import expect


@pytest.fixture
def home(start_chatd, nursery):
    """chatd with Claude and no children."""
    return start_chatd(children=[nursery.folder])


# A turn is over a little after its answer is whole; until then no other branch can be chosen.
TURN_IS_OVER = """async () => {
  const thread = location.hash.split('/')[1] || 'main';
  const { head } = await (await fetch(`/api/messages?limit=1&thread=${thread}`)).json();
  const { status } = await fetch(`/api/threads/${thread}`, { method: 'PATCH',
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ head }) });
  return status !== 409;
}"""


def whole(chat, number, text):
    """Waits until the answer at this place is whole and has this text, and its turn is over."""
    answer = chat.answers.nth(number)
    expect(answer).to_have_attribute("data-status", "complete")
    expect(answer).to_contain_text(text)
    chat.page.wait_for_function(TURN_IS_OVER)
    return answer


def ask(chat, text):
    """Says something and waits for the answer."""
    number = chat.answers.count()
    chat.say(text)
    whole(chat, number, f"You said: {text}")


def edit(chat, message, text):
    """Gives a person's message another wording."""
    message.hover()
    chat.get("edit", message).click()
    field = chat.get("edit-text")
    expect(field).to_be_focused()
    field.fill(text)
    field.press("Enter")
    expect(chat.get("editor")).to_have_count(0)


def place(chat, message):
    """`2/3`."""
    return chat.get("branch", message).locator(".branch-place")


def go(chat, message, which):
    """Presses an arrow."""
    message.hover()
    message.get_by_role("button", name=which).click()


def said(chatd, thread="main"):
    """What people have said, on all branches."""
    entries = chatd.get(f"/api/export?thread={thread}")["entries"]
    return [one["content"] for one in entries if one.get("role") == "user"]


def test_the_first_message_is_edited_and_both_wordings_can_be_gone_to(home, open_chat):
    chat, other = open_chat(home), open_chat(home)
    ask(chat, "Tea")
    ask(chat, "More of it")
    edit(chat, chat.messages.first, "Coffee")
    whole(chat, 0, "You said: Coffee")
    for page in (chat, other):
        expect(page.messages).to_have_count(2)
        expect(page.by_user("Tea")).to_have_count(0)
        expect(place(page, page.messages.first)).to_have_text("2/2")
    assert violations(chat.page) == []
    go(chat, chat.messages.first, "Version before")
    for page in (chat, other):
        expect(page.messages).to_have_count(4)
        expect(page.by_user("More of it")).to_have_count(1)
        expect(page.by_user("Coffee")).to_have_count(0)
    chat.page.reload()
    chat.wait_live()
    expect(place(chat, chat.messages.first)).to_have_text("1/2")
    expect(chat.messages).to_have_count(4)
    # What is said now stands behind this wording.
    ask(chat, "And still more")
    go(chat, chat.messages.first, "Next version")
    expect(chat.messages).to_have_count(2)
    whole(chat, 0, "You said: Coffee")
    go(chat, chat.messages.first, "Version before")
    expect(chat.messages).to_have_count(6)


def test_a_later_message_is_edited_thrice(home, open_chat):
    chat = open_chat(home)
    ask(chat, "First")
    ask(chat, "Second a")
    for wording in ("Second b", "Second c"):
        edit(chat, chat.by_user("Second"), wording)
        whole(chat, 1, f"You said: {wording}")
    expect(place(chat, chat.by_user("Second"))).to_have_text("3/3")
    expect(chat.get("branch", chat.by_user("First"))).to_be_hidden()
    for number, wording in ((2, "Second b"), (1, "Second a")):
        go(chat, chat.by_user("Second"), "Version before")
        expect(place(chat, chat.by_user(wording))).to_have_text(f"{number}/3")
        whole(chat, 1, f"You said: {wording}")
        expect(chat.messages).to_have_count(4)
    assert said(home) == ["First", "Second a", "Second b", "Second c"]


def test_escape_and_an_empty_wording_change_nothing(home, open_chat):
    chat = open_chat(home)
    ask(chat, "As it was")
    chat.get("edit", chat.messages.first).focus()
    chat.page.keyboard.press("Enter")
    field = chat.get("edit-text")
    field.fill("  ")
    field.press("Enter")
    expect(field).to_be_visible()
    field.press("Escape")
    expect(chat.get("edit", chat.messages.first)).to_be_focused()
    assert said(home) == ["As it was"]


def test_an_edit_waits_for_the_answer_that_streams(home, open_chat, claude):
    chat = open_chat(home)
    ask(chat, "First")
    chat.say("Second scenario:hold?key=edit-wait")
    expect(chat.get("message-text", chat.answers.nth(1))).to_contain_text("You")
    edit(chat, chat.by_user("First"), "First again")
    queued = chat.by_user("First again")
    expect(queued).to_have_attribute("data-status", "queued")
    expect(chat.answers.nth(1)).to_have_attribute("data-status", "streaming")
    claude.release("edit-wait")
    whole(chat, 0, "You said: First again")
    expect(chat.messages).to_have_count(2)
    expect(place(chat, chat.messages.first)).to_have_text("2/2")
    go(chat, chat.messages.first, "Version before")
    expect(chat.messages).to_have_count(4)
    expect(chat.answers.nth(1)).to_contain_text("You said: Second")


def test_an_edit_without_connection_outlives_the_page_and_is_made_once(home, open_chat):
    chat = open_chat(home)
    ask(chat, "Tea")
    home.kill()
    expect(chat.get("connection")).to_be_visible()
    edit(chat, chat.messages.first, "Coffee")
    expect(chat.get("pending")).to_have_attribute("data-state", "waiting")
    context = chat.page.context
    chat.page.close()
    home.start()
    chat = ChatPage(context.new_page()).open(home.url)
    whole(chat, 0, "You said: Coffee")
    expect(place(chat, chat.messages.first)).to_have_text("2/2")
    chat.page.reload()
    chat.wait_live()
    expect(place(chat, chat.messages.first)).to_have_text("2/2")
    assert said(home) == ["Tea", "Coffee"]


def test_an_answer_is_given_once_more_and_both_can_be_gone_to(home, open_chat):
    chat, other = open_chat(home), open_chat(home)
    chat.say("Hello scenario:says?text=One,says?text=Two")
    whole(chat, 0, "One")
    chat.answers.first.hover()
    chat.get("regenerate", chat.answers.first).click()
    for page in (chat, other):
        whole(page, 0, "Two")
        expect(page.answers).to_have_count(1)
        expect(place(page, page.answers.first)).to_have_text("2/2")
        expect(page.get("branch", page.messages.first)).to_be_hidden()
    go(other, other.answers.first, "Version before")
    for page in (chat, other):
        whole(page, 0, "One")
    expect(place(chat, chat.answers.first)).to_have_text("1/2")


def test_by_keyboard_the_focus_stays_on_the_arrow(home, open_chat):
    chat = open_chat(home)
    ask(chat, "Tea")
    edit(chat, chat.messages.first, "Coffee")
    whole(chat, 0, "You said: Coffee")
    edit(chat, chat.messages.first, "Water")
    whole(chat, 0, "You said: Water")
    expect(place(chat, chat.messages.first)).to_have_text("3/3")
    chat.messages.first.get_by_role("button", name="Version before").focus()
    for words in ("Coffee", "Tea"):
        chat.page.keyboard.press("Enter")
        expect(chat.by_user(words)).to_have_count(1)
        arrow = chat.by_user(words).get_by_role("button", name="Version before")
        expect(arrow).to_be_focused()
    # There is none before: the arrow keeps the focus, and says that it does nothing.
    expect(arrow).to_have_attribute("aria-disabled", "true")
    chat.page.keyboard.press("Enter")
    expect(arrow).to_be_focused()
    expect(chat.get("failure")).to_have_count(0)


def test_while_a_turn_runs_another_version_is_refused_in_words(home, open_chat, claude):
    chat = open_chat(home)
    ask(chat, "Tea")
    edit(chat, chat.messages.first, "Coffee")
    whole(chat, 0, "You said: Coffee")
    chat.say("More scenario:hold?key=branch-conflict")
    expect(chat.get("message-text", chat.answers.nth(1))).to_contain_text("You")
    go(chat, chat.messages.first, "Version before")
    expect(chat.get("failure")).to_contain_text("Show another version")
    expect(chat.get("failure")).to_contain_text("a turn runs or waits")
    expect(chat.by_user("Coffee")).to_have_count(1)
    claude.release("branch-conflict")
    whole(chat, 1, "You said: More")


def test_a_question_that_nobody_answered_is_put_again(home, start_chatd, nursery, open_chat):
    chatd = start_chatd(assistant="off", children=[nursery.folder])
    chat = open_chat(chatd)
    chat.say("Anybody there?")
    question = chat.by_user("Anybody there?")
    expect(question).to_have_attribute("data-status", "complete")
    expect(chat.get("retry-answer", question)).to_be_hidden()
    chatd.kill()
    chatd.assist("claude")
    chatd.start()
    again = chat.get("retry-answer", question)
    expect(again).to_have_text("Ask for an answer")
    again.click()
    whole(chat, 0, "You said: Anybody there?")
    expect(again).to_be_hidden()


def test_an_answer_with_rounds_of_tools_has_versions(start_chatd, nursery, open_chat):
    folder = nursery.adopt("calculator", source=EXAMPLES)
    with open(folder / "manifest.toml", "a") as manifest:
        manifest.write('[tools]\napprove = "auto"\n')
    chat = open_chat(start_chatd(children=[nursery.folder]))
    chat.expect_child("calculator", "ready")
    call = 'calculator__calculate:{"expression":"6*7"}'
    chat.say(f"scenario:tools?calls={call},normal,says?text=Anew {uuid.uuid4().hex}")
    whole(chat, -1, "Results: 42")
    expect(chat.get("tool-call")).to_have_count(1)
    chat.answers.last.hover()
    chat.get("regenerate", chat.answers.last).click()
    # What was called is not called again.
    whole(chat, -1, "Anew")
    expect(chat.get("tool-call")).to_have_count(1)
    expect(place(chat, chat.answers.last)).to_have_text("2/2")
    go(chat, chat.answers.last, "Version before")
    expect(chat.answers.last).to_contain_text("Results: 42")
    branch = chat.get("branch").locator("visible=true")
    expect(branch).to_have_count(1)
    branch.get_by_role("button", name="Next version").click()
    whole(chat, -1, "Anew")
    expect(chat.get("tool-call")).to_have_count(1)


def test_a_version_further_back_than_what_is_loaded_is_gone_to(home, open_chat):
    chatd = home
    chat = open_chat(chatd)
    ask(chat, "Tea")
    first = chatd.messages()[0]
    export = chatd.get("/api/export")
    parent, added = export["entries"][-1]["id"], []
    for number in range(300):
        name = f"00000000-0000-7000-8000-{number:012}"
        added.append(first | {"id": name, "parent": parent, "content": f"number {number}"})
        parent = name
    export["entries"] += added
    export["thread"] |= {"id": "01a20630-3f48-720e-ab31-c9ec3b45d46d", "title": "Long"}
    renamed = {
        one["id"]: f"00000000-0000-7000-9000-{i:012}"
        for i, one in enumerate(export["entries"])
    }
    for one in export["entries"]:
        one["id"] = renamed[one["id"]]
        one["parent"] = renamed.get(one["parent"])
        one["thread"] = export["thread"]["id"]
        if "original_message_id" in one:
            one["original_message_id"] = renamed[one["original_message_id"]]
    export["thread"]["head"] = renamed[parent]
    chatd.post("/api/import", export)
    chatd.post("/api/messages", {
        "thread": export["thread"]["id"], "beside": renamed[first["id"]], "content": "Coffee",
    })  # fmt: skip
    chat.go("Long")
    whole(chat, 0, "You said: Coffee")
    go(chat, chat.messages.first, "Version before")
    tea = chat.by_user("Tea")
    expect(tea).to_be_in_viewport()
    expect(place(chat, tea)).to_have_text("1/2")
    expect(tea.get_by_role("button", name="Version before")).to_be_focused()
