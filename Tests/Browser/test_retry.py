"""On the message itself: why a child did not answer, asking it again, and restarting it there."""

import re

from chatd import FIXTURES, PUPPETS
from playwright.sync_api import expect


def test_a_child_that_answers_too_late_five_times_is_skipped_until_restarted(
    start_chatd, open_chat
):
    chatd = start_chatd(assistant="off", children=[FIXTURES])
    chat = open_chat(chatd).listen()
    chat.start("hang")
    for number in range(6):
        chatd.post("/api/messages", {"content": f"number {number}"})
    circuit = chat.get("child-circuit", chat.child("hang"))
    expect(circuit).to_have_text(
        re.compile(r"Skipped until \d\d:\d\d:\d\d \(\d+(\.\d)? s\), then one message as a probe")
    )
    chat.expect_said("Hang answers too late and is skipped")
    chat.expect_child("hang", "ready")
    message = chat.by_user("number 5")
    expect(chat.chip(message, "hang")).to_have_attribute("data-status", "skipped")
    expect(chat.failure(message, "hang")).to_contain_text("circuit open")
    chat.failure(message, "hang").get_by_role("button", name="Restart Hang").click()
    expect(chat.child("hang")).to_have_attribute("data-generation", "2")
    chat.expect_child("hang", "ready")
    expect(circuit).to_be_hidden()
    expect(chat.failure(message, "hang").locator("[data-action=restart]")).to_be_hidden()
    expect(chat.failure(message, "hang").locator("[data-action=retry]")).to_be_focused()


def test_a_child_that_died_of_a_message_is_asked_again(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="off", children=[PUPPETS])).listen()
    chat.start("fickle")
    chat.say("Brace yourself")
    message = chat.by_user("Brace yourself")
    failure = chat.failure(message, "fickle")
    expect(failure).to_contain_text("crashed: it exited with code 1")
    retry = failure.get_by_role("button", name="Retry Fickle")
    retry.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.reply(message, "fickle")).to_contain_text("attempt 2 was easy")
    chip = chat.chip(message, "fickle")
    expect(chip).to_have_attribute("data-status", "replied")
    expect(chip).to_contain_text("attempt 2")
    expect(failure).to_be_hidden()
    expect(chip).to_be_focused()
    chat.expect_said("Fickle, asked again: replied")
    chat.page.reload()
    expect(chat.chip(message, "fickle")).to_contain_text("attempt 2")


def test_a_message_that_kills_twice_is_poison_and_says_so(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="off", children=[FIXTURES]))
    chat.start("crash-always")
    chat.say("Anything")
    failure = chat.failure(chat.by_user("Anything"), "crash-always")
    expect(failure).to_contain_text("SIGSEGV")
    for words in ("SIGSEGV", "poison"):
        failure.locator("[data-action=retry]").click()
        expect(failure.locator("[data-action=retry]")).to_have_text("Retry")
        expect(failure).to_contain_text(words)
    expect(chat.certificate("crash-always")).to_contain_text("SIGSEGV (invalid memory access)")


def test_a_child_that_was_stopped_is_restarted_and_asked_where_it_is_missed(
    start_chatd, open_chat
):
    chat = open_chat(start_chatd(assistant="off", children=[PUPPETS]))
    chat.start("fickle")
    chat.say("Brace yourself")
    message = chat.by_user("Brace yourself")
    failure = chat.failure(message, "fickle")
    expect(failure).to_contain_text("crashed")
    expect(failure.locator("[data-action=restart]")).to_be_hidden()
    chat.expect_child("fickle", "ready")
    chat.press("fickle", "stop")
    chat.expect_child("fickle", "stopped")
    failure.locator("[data-action=retry]").click()
    expect(failure).to_contain_text("skipped: it is stopped")
    failure.locator("[data-action=restart]").click()
    chat.expect_child("fickle", "ready")
    expect(failure.locator("[data-action=restart]")).to_be_hidden()
    failure.locator("[data-action=retry]").click()
    expect(chat.reply(message, "fickle")).to_contain_text("attempt 3 was easy")


SUSPECT = """name = "Deaf"
command = ["python3", "-B", "main.py"]
[messages]
timeout_ms = 300
timeout_max_ms = 300
[watchdog]
interval_ms = 100
kill_after = 1000
[stop]
drain_ms = 300
term_ms = 300
"""


def test_a_child_that_no_longer_listens_is_restarted_on_the_message(
    start_chatd, open_chat, nursery
):
    nursery.adopt("deaf", SUSPECT)
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder])).listen()
    chat.press("deaf", "start")
    chat.expect_child("deaf", "suspect")
    chat.expect_said("Deaf: Not answering")
    chat.say("Do you hear me?")
    failure = chat.failure(chat.by_user("Do you hear me?"), "deaf")
    expect(failure).to_contain_text("skipped: it answers no ping")
    failure.get_by_role("button", name="Restart Deaf").click()
    expect(chat.child("deaf")).to_have_attribute("data-generation", "2")
