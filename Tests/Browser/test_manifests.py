"""Manifests that change while chatd runs."""

import re

from playwright.sync_api import expect


def test_a_child_whose_folder_is_gone_is_gone(start_chatd, open_chat, nursery):
    for name in ("hang", "echo"):
        nursery.adopt(name)
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder])).listen()
    chat.start("echo")
    chat.say("Hello")
    expect(chat.chip(chat.by_user("Hello"), "echo")).to_have_attribute("data-status", "replied")
    chat.press("echo", "log")
    nursery.remove("echo")
    expect(chat.child("echo")).to_have_count(0)
    expect(chat.child("hang")).to_have_count(1)
    expect(chat.get("children-summary")).to_have_text("0 of 1 ready")
    chat.expect_said("Echo was removed")
    expect(chat.chip(chat.by_user("Hello"), "echo")).to_contain_text("replied")


def test_a_manifest_that_breaks_is_shown_while_its_child_goes_on(start_chatd, open_chat, nursery):
    nursery.adopt("echo")
    good = nursery.manifest("echo")
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder])).listen()
    chat.start("echo")
    nursery.write_manifest("echo", good + 'colour = "blue"\n')
    problem = chat.get("child-problem", chat.child("echo"))
    expect(problem).to_contain_text("A newer manifest is not in use")
    expect(problem).to_contain_text(re.compile(r"manifest\.toml:5.*colour", re.DOTALL))
    chat.expect_said("Echo: its new manifest is not in use")
    chat.expect_child("echo", "ready")
    assert chat.fact("echo", "generation") == 1
    chat.say("Still there?")
    expect(chat.reply(chat.by_user("Still there?"), "echo")).to_contain_text("echo: Still there?")
    nursery.write_manifest("echo", good)
    expect(problem).to_be_hidden()
    assert chat.fact("echo", "generation") == 1


def test_a_manifest_that_does_not_come_up_is_taken_back_and_a_new_name_is_shown(
    start_chatd, open_chat, nursery
):
    nursery.adopt("echo")
    good = nursery.manifest("echo")
    chat = open_chat(start_chatd(assistant="off", children=[nursery.folder]))
    chat.start("echo")
    nursery.write_manifest("echo", good.replace('["python3", "-B", "main.py"]', '["false"]'))
    problem = chat.get("child-problem", chat.child("echo"))
    expect(problem).to_contain_text("did not become ready")
    chat.expect_child("echo", "ready")
    expect(chat.child("echo")).to_have_attribute("data-generation", "3")
    nursery.write_manifest("echo", good.replace('"Echo"', '"Canyon"'))
    expect(chat.child("echo").get_by_role("heading")).to_contain_text("Canyon")
    chat.expect_child("echo", "ready")
    expect(problem).to_be_hidden()
    expect(chat.page.get_by_role("button", name="Restart Canyon")).to_be_visible()
