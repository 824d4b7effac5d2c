"""Who answers, and how the page says so."""

from playwright.sync_api import expect


def test_without_a_key_the_page_says_how_to_turn_the_assistant_on_and_children_answer(
    start_chatd, open_chat
):
    chat = open_chat(start_chatd(assistant=None))
    chat.expect_child("sentiment", "ready")
    expect(chat.get("assistant")).to_have_text("Assistant off")
    expect(chat.get("assistant-note")).to_contain_text("ANTHROPIC_API_KEY")
    chat.say("I love this")
    message = chat.by_user("I love this")
    expect(chat.chip(message, "sentiment")).to_have_attribute("data-status", "replied")
    expect(chat.get("rollup", message)).to_have_attribute("data-final", "true")
    expect(chat.answers).to_have_count(0)


def test_the_demo_assistant_says_what_it_is_wherever_it_speaks(start_chatd, open_chat):
    chat = open_chat(start_chatd(assistant="demo"))
    expect(chat.get("assistant")).to_have_text("Demo assistant")
    expect(chat.get("assistant-note")).to_be_visible()
    chat.say("Hello")
    expect(chat.answers.first).to_contain_text("not a real model")
    chat.expect_answered(chat.answers.first)


def test_claude_is_shown_by_its_model(chat):
    expect(chat.get("assistant")).to_contain_text("claude")
    expect(chat.get("assistant-note")).to_be_hidden()
