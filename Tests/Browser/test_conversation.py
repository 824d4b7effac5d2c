"""A person writes, children and the assistant answer, and all of it is seen as it happens."""

import re

from playwright.sync_api import expect

WISH = "I love this! Please roll a die, and what is 12*7?"


def test_a_message_gets_a_rollup_and_a_streamed_answer_and_a_reload_shows_them_again(chat, claude):
    chat.say(f"{WISH} scenario:hold?key=stream")
    message = chat.by_user(WISH)
    expect(chat.reply(message, "calculator")).to_contain_text("84")
    expect(chat.reply(message, "sentiment")).to_contain_text("love")
    for child in ("calculator", "dice", "sentiment"):
        expect(chat.chip(message, child)).to_have_attribute("data-status", "replied")
    expect(chat.chip(message, "keeper")).to_have_attribute("data-status", "declined")

    answer = chat.answers.first
    expect(answer).to_have_attribute("data-status", "streaming")
    expect(chat.get("message-text", answer)).to_contain_text("You")
    expect(chat.get("stop")).to_be_visible()
    claude.release("stream")
    chat.expect_answered(answer)
    expect(answer).to_contain_text("Actors: calculator, dice, sentiment")
    expect(chat.chip(answer, "sentiment")).to_have_attribute("data-status", "replied")
    expect(chat.get("stop")).to_be_hidden()

    before = chat.get("thread").inner_text()
    chat.page.reload()
    expect(chat.messages).to_have_count(2)
    chat.expect_answered(chat.answers.first)
    assert chat.get("thread").inner_text() == before


def test_the_status_region_says_what_the_silent_log_does_not(chat, claude):
    expect(chat.get("thread")).to_have_attribute("role", "log")
    expect(chat.get("thread")).to_have_attribute("aria-live", "off")
    chat.say("Hello scenario:hold?key=status")
    expect(chat.get("status")).to_contain_text("Claude is answering")
    claude.release("status")
    expect(chat.get("status")).to_contain_text("Claude answered: You said: Hello")


def test_an_answer_can_be_stopped_and_keeps_what_had_come(chat):
    chat.say("Hello scenario:hold?key=never")
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    chat.get("stop").click()
    expect(chat.answers.first).to_have_attribute("data-status", "stopped")
    expect(chat.get("message-note", chat.answers.first)).to_have_text(
        "Stopped. What had come is kept."
    )
    expect(chat.get("message-text", chat.answers.first)).to_contain_text("You")
    expect(chat.get("stop")).to_be_hidden()


def test_an_answer_that_fails_says_why(chat):
    chat.say("Hello scenario:401")
    expect(chat.answers.first).to_have_attribute("data-status", "failed")
    note = chat.get("message-note", chat.answers.first)
    expect(note).to_contain_text(re.compile("No answer: .*key"))


def test_an_answer_cut_off_by_the_network_is_marked_as_interrupted(chat):
    chat.say("Hello scenario:eof-without-stop")
    expect(chat.answers.first).to_have_attribute("data-status", "interrupted")
    expect(chat.get("message-note", chat.answers.first)).to_contain_text("Interrupted")


def test_a_message_sent_meanwhile_waits_in_sight_and_then_has_its_turn(chat, claude):
    chat.say("First scenario:hold?key=queue")
    expect(chat.answers.first).to_have_attribute("data-status", "streaming")
    chat.say("Second")
    expect(chat.by_user("Second")).to_have_attribute("data-status", "queued")
    expect(chat.get("message-note", chat.by_user("Second"))).to_contain_text("Queued")
    claude.release("queue")
    expect(chat.answers).to_have_count(2)
    chat.expect_answered(chat.answers.last)
    roles = chat.messages.evaluate_all("all => all.map((one) => one.dataset.role)")
    assert roles == ["user", "assistant", "user", "assistant"]


def test_a_name_is_completed_and_only_that_child_is_asked(chat):
    chat.input.press_sequentially("@di")
    option = chat.page.get_by_role("option", name="dice")
    expect(option).to_have_attribute("aria-selected", "true")
    chat.input.press("Enter")
    expect(chat.input).to_have_value("@dice ")
    chat.input.press_sequentially("roll a die")
    chat.input.press("Enter")
    message = chat.by_user("roll a die")
    expect(chat.chip(message, "dice")).to_have_attribute("data-status", "replied")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    expect(chat.get("chip", message)).to_have_count(1)


def test_a_reply_opens_to_its_data_and_gives_the_focus_back(chat):
    chat.say("I love this")
    chip = chat.chip(chat.by_user("I love this"), "sentiment")
    expect(chip).to_have_attribute("data-status", "replied")
    chip.click()
    details = chat.get("reply-details")
    expect(chat.get("reply-data", details)).to_contain_text("score")
    expect(details).to_contain_text("Generation")
    expect(chip).to_have_attribute("aria-expanded", "true")
    details.get_by_role("button", name="Close").click()
    expect(details).to_be_hidden()
    expect(chip).to_be_focused()


def test_enter_sends_shift_enter_breaks_and_composing_does_neither(chat):
    chat.input.press_sequentially("one")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("two")
    expect(chat.input).to_have_value("one\ntwo")
    chat.input.dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    expect(chat.input).to_have_value("one\ntwo")
    expect(chat.messages).to_have_count(0)
    chat.input.press("Enter")
    expect(chat.input).to_have_value("")
    expect(chat.by_user("one")).to_have_count(1)


def test_a_message_that_is_too_long_says_so_and_stays(chat):
    chat.input.fill("ä" * (128 * 1024 + 1))
    expect(chat.get("size")).to_contain_text("Too long: 257 of 256 KiB")
    expect(chat.get("send")).to_be_disabled()
    chat.input.press("Enter")
    expect(chat.messages).to_have_count(0)
    chat.input.fill("ä" * (128 * 1024))
    expect(chat.get("send")).to_be_enabled()


def test_code_is_coloured_and_copied(chatd, open_chat):
    chat = open_chat(chatd, permissions=["clipboard-read", "clipboard-write"])
    chat.input.fill("Look:\n```python\ndef f(): return 1\n```")
    chat.input.press("Enter")
    message = chat.by_user("Look")
    expect(message.locator(".token.keyword").first).to_have_text("def")
    message.get_by_role("button", name="Copy this code").click()
    expect(message.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()").strip() == "def f(): return 1"


def test_generics_in_a_message_are_shown_as_they_were_typed(chat):
    chat.say("Use Vec<String> & <b>not</b> <script>")
    message = chat.by_user("Use Vec")
    expect(chat.get("message-text", message)).to_have_text("Use Vec<String> & not <script>")
    expect(message.locator("b")).to_have_text("not")


def test_a_reader_further_up_is_left_there_and_told_what_came(chatd, chat):
    for line in range(3):
        chat.say(f"Line {line}\n\n" + "\n\n".join("word" for _ in range(30)))
        expect(chat.answers).to_have_count(line + 1)
        chat.expect_answered(chat.answers.last)
    chat.get("thread").evaluate("log => { log.scrollTop = 0; }")
    expect(chat.get("to-end")).to_have_text("To the end")
    chatd.post("/api/messages", {"content": "From elsewhere"})
    expect(chat.get("to-end")).to_contain_text("new")
    assert chat.get("thread").evaluate("log => log.scrollTop") == 0
    expect(chat.answers).to_have_count(4)
    chat.expect_answered(chat.answers.last)
    chat.get("to-end").click()
    expect(chat.get("to-end")).to_be_hidden()
    expect(chat.by_user("From elsewhere")).to_be_in_viewport()


def test_two_pages_stay_in_step(chatd, chat, open_chat):
    other = open_chat(chatd)
    chat.say("For both of us")
    expect(other.by_user("For both of us")).to_have_count(1)
    other.expect_answered(other.answers.first)
    other.say("And back")
    chat.expect_answered(chat.answers.nth(1))
    chat.expect_answered(chat.answers.first)
    ids = "all => all.map((one) => one.dataset.entryId)"
    expect(other.messages).to_have_count(4)
    assert chat.messages.evaluate_all(ids) == other.messages.evaluate_all(ids)


def test_an_empty_thread_invites_and_a_child_can_be_chosen(chat):
    expect(chat.get("empty")).to_contain_text("Every running child hears it")
    chat.get("empty").get_by_role("button", name="@dice").click()
    expect(chat.input).to_have_value("@dice ")
    expect(chat.input).to_be_focused()


def test_a_draft_survives_a_reload(chat):
    chat.input.fill("half a thought")
    chat.page.reload()
    expect(chat.input).to_have_value("half a thought")


def test_earlier_messages_come_on_demand_and_what_is_read_stays_in_place(
    start_chatd, open_chat, tmp_path
):
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    chatd = start_chatd(assistant="off", children=[nobody])
    for number in range(120):
        chatd.post("/api/messages", {"content": f"number {number}"})
    chat = open_chat(chatd)
    expect(chat.messages).to_have_count(100)
    expect(chat.messages.first).to_contain_text("number 20")
    top = chat.by_user("number 20").evaluate(
        "one => { one.scrollIntoView({ block: 'center' }); return one.getBoundingClientRect().y; }"
    )
    expect(chat.by_user("number 0")).to_have_count(1)
    expect(chat.get("earlier")).to_have_count(0)
    moved = chat.by_user("number 20").bounding_box()["y"] - top
    assert abs(moved) < 100, "what was read has moved off the screen"


def test_an_answer_that_is_not_whole_is_tried_again_and_takes_its_place(chat):
    chat.say("Hello scenario:eof-without-stop,normal")
    expect(chat.answers.first).to_have_attribute("data-status", "interrupted")
    expect(chat.get("rollup", chat.answers.first)).to_have_attribute("data-final", "true")
    broken = chat.answers.first.get_attribute("data-entry-id")
    retry = chat.answers.first.get_by_role("button", name="Retry this answer")
    expect(retry).to_have_text("Retry")
    retry.focus()
    chat.page.keyboard.press("Enter")
    answer = chat.page.locator(f"[data-role=assistant]:not([data-entry-id='{broken}'])")
    chat.expect_answered(answer)
    expect(chat.answers).to_have_count(1)
    expect(answer).to_be_focused()
    expect(chat.get("retry-answer", answer)).to_be_hidden()
    chat.say("And then?")
    chat.expect_answered(chat.answers.nth(1))
    chat.page.reload()
    chat.wait_live()
    expect(chat.answers).to_have_count(2)
    expect(chat.page.locator(f"[data-entry-id='{broken}']")).to_have_count(0)


def test_an_answer_that_cannot_be_tried_again_says_why(chat, claude):
    chat.say("Hello scenario:eof-without-stop")
    expect(chat.answers.first).to_have_attribute("data-status", "interrupted")
    chat.say("Wait scenario:hold?key=other")
    expect(chat.answers.nth(1)).to_have_attribute("data-status", "streaming")
    chat.get("retry-answer", chat.answers.first).click()
    expect(chat.get("failure")).to_contain_text("a turn runs or waits")
    expect(chat.get("retry-answer", chat.answers.first)).to_have_text("Retry")
    claude.release("other")
    chat.expect_answered(chat.answers.nth(1))


GROWS = """() => {
  const scroller = document.getElementById('scroller');
  const tall = document.createElement('div');
  tall.style.blockSize = '3000px';
  document.getElementById('thread').append(tall);
  // The event of the last frame, which comes before anybody is told that the thread has grown.
  scroller.dispatchEvent(new Event('scroll'));
}"""
AT_END = """() => {
  const { scrollHeight, scrollTop, clientHeight } = document.getElementById('scroller');
  return scrollTop > 1000 && scrollHeight - scrollTop - clientHeight < 1;
}"""


def test_a_thread_that_grows_between_two_frames_is_followed_until_somebody_goes_up(chat):
    chat.page.evaluate(GROWS)
    chat.page.wait_for_function(AT_END)
    expect(chat.get("to-end")).to_be_hidden()
    chat.page.evaluate("document.getElementById('scroller').scrollTop -= 500")
    expect(chat.get("to-end")).to_be_visible()
    chat.page.evaluate(GROWS)
    expect(chat.get("to-end")).to_be_visible()
