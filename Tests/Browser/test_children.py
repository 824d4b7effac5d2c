"""Children in the panel: what they do, and what a person does with them."""

import os
import re
import signal

from chatd import EXAMPLES, FIXTURES, PUPPETS
from playwright.sync_api import expect


def test_a_child_is_restarted_from_the_panel(chat):
    pid, generation = chat.fact("sentiment", "pid"), chat.fact("sentiment", "generation")
    chat.press("sentiment", "restart")
    expect(chat.child("sentiment")).to_have_attribute("data-generation", str(generation + 1))
    chat.expect_child("sentiment", "ready")
    assert chat.fact("sentiment", "pid") != pid
    expect(chat.get("child-state", chat.child("sentiment"))).to_have_text("Ready")


def test_a_child_is_killed_after_one_question_and_started_again(chat):
    card = chat.child("dice")
    chat.press("dice", "kill")
    card.get_by_role("button", name="Cancel").click()
    chat.expect_child("dice", "ready")
    chat.press("dice", "kill")
    chat.press("dice", "kill-confirm")
    chat.expect_child("dice", "stopped")
    expect(chat.get("child-exit", card)).to_contain_text("Last exit")
    expect(chat.get("child-facts", card)).not_to_contain_text("pid")
    chat.say("@dice roll a die")
    expect(chat.by_user("roll a die")).to_have_count(1)
    chat.press("dice", "start")
    chat.expect_child("dice", "ready")
    chat.say("roll a die again")
    expect(chat.chip(chat.by_user("again"), "dice")).to_have_attribute("data-status", "replied")


def test_a_child_killed_from_outside_comes_back_by_itself(chat):
    pid, generation = chat.fact("sentiment", "pid"), chat.fact("sentiment", "generation")
    expect(chat.get("child-facts", chat.child("sentiment"))).to_contain_text(f"pid {pid}")
    os.kill(pid, signal.SIGKILL)
    expect(chat.child("sentiment")).to_have_attribute("data-generation", str(generation + 1))
    chat.expect_child("sentiment", "ready")
    expect(chat.get("child-exit", chat.child("sentiment"))).to_contain_text("SIGKILL")
    expect(chat.get("child-facts", chat.child("sentiment"))).to_contain_text("1 restart")
    chat.say("I love this")
    expect(chat.chip(chat.by_user("love"), "sentiment")).to_have_attribute("data-status", "replied")


def test_a_child_is_stopped_and_started(chat):
    expect(chat.get("children-summary")).to_have_text(re.compile(r"^4 of \d+ ready$"))
    chat.press("calculator", "stop")
    chat.expect_child("calculator", "stopped")
    expect(chat.get("children-summary")).to_have_text(re.compile(r"^3 of \d+ ready$"))
    chat.press("calculator", "start")
    chat.expect_child("calculator", "ready")


def test_buttons_are_named_with_their_child(chat):
    for action in ("Restart", "Stop", "Kill", "Log"):
        expect(chat.page.get_by_role("button", name=f"{action} Sentiment")).to_be_visible()


def test_a_manifest_that_is_wrong_is_shown_with_its_place(start_chatd, open_chat, tmp_path):
    folder = tmp_path / "children" / "broken"
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text('name = "Broken"\ncommand = "not a list"\n')
    chat = open_chat(start_chatd(children=[EXAMPLES, folder.parent]))
    chat.expect_child("broken", "invalid")
    expect(chat.get("child-problem", chat.child("broken"))).to_contain_text(
        re.compile(r"manifest\.toml:2.*command", re.DOTALL)
    )
    chat.expect_child("sentiment", "ready")


def test_what_children_do_wrong_is_said_on_the_message(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[FIXTURES]))
    for name in ("hang", "crash", "late"):
        chat.press(name, "start")
        chat.expect_child(name, "ready")
    chat.say("please crash")
    message = chat.by_user("please crash")
    expect(chat.chip(message, "hang")).to_have_attribute("data-status", "timed_out")
    expect(chat.chip(message, "crash")).to_have_attribute("data-status", "crashed")
    expect(chat.chip(message, "late")).to_have_attribute("data-late", "true")
    expect(chat.chip(message, "late")).to_contain_text("late")
    chat.chip(message, "crash").click()
    expect(chat.get("reply-details")).to_contain_text("Reason")


def test_partial_replies_are_seen_as_they_come(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[FIXTURES]))
    chat.press("slow", "start")
    chat.expect_child("slow", "ready")
    chat.say("slow:1500")
    chip = chat.chip(chat.by_user("slow:1500"), "slow")
    expect(chip).to_have_attribute("data-status", "waiting")
    expect(chip).to_contain_text(re.compile(r"waiting\s+[01]\.\d s"))
    expect(chip).to_have_attribute("data-status", "replied")
    expect(chip).to_contain_text(re.compile(r"replied\s+1\.\d s"))


def test_a_log_is_shown_and_follows(start_chatd, open_chat):
    chat = open_chat(start_chatd(children=[PUPPETS]))
    chat.press("puppet", "start")
    chat.expect_child("puppet", "ready")
    chat.say('puppet:{"text":"one"}')
    expect(chat.reply(chat.by_user("puppet"), "puppet")).to_contain_text("one")
    chat.press("puppet", "log")
    log = chat.get("log", chat.child("puppet"))
    expect(log.locator("[data-stream=stderr]")).to_contain_text("pulled a string")
    chat.press("puppet", "log")
    expect(log).to_have_count(0)


def test_on_a_phone_the_panel_is_a_sheet_that_gives_the_focus_back(chatd, open_chat):
    chat = open_chat(chatd, viewport={"width": 390, "height": 844})
    expect(chat.get("panel")).to_be_hidden()
    chat.get("open-panel").click()
    expect(chat.get("panel")).to_be_visible()
    expect(chat.page.get_by_role("dialog", name="Children")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Close").first).to_be_focused()
    chat.press("sentiment", "restart")
    chat.page.keyboard.press("Escape")
    expect(chat.get("panel")).to_be_hidden()
    expect(chat.get("open-panel")).to_be_focused()
