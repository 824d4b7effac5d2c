"""Answers with rounds of calls, as chatd, the calculator and the Messages API server play them."""

import re
import uuid

import pytest
from axe import violations
from chatd import EXAMPLES
from playwright.sync_api import expect

CALL = 'calculator__calculate:{"expression":"6*7"}'
OTHER = 'calculator__calculate:{"expression":"2^"}'
PRICES = """[claude.prices."claude-opus-5-5"]
input = 1000.0
output = 2000.0
cache_read = 100.0
cache_write = 1250.0
"""


@pytest.fixture
def start_calculator(start_chatd, nursery, open_chat):
    """chatd with the calculator alone, whose tool is `approve`, and the page."""

    def start(approve, **options):
        folder = nursery.adopt("calculator", source=EXAMPLES)
        with open(folder / "manifest.toml", "a") as manifest:
            manifest.write(f'[tools]\napprove = "{approve}"\n')
        chatd = start_chatd(children=[nursery.folder], **options)
        chat = open_chat(chatd)
        chat.expect_child("calculator", "ready")
        return chatd, chat

    return start


def play(scenarios):
    """Words that nobody said before: the server counts its answers to them, for all tests."""
    return f"scenario:{scenarios} {uuid.uuid4().hex}"


def expect_whole(answer):
    """The calculator does not hear what the assistant says: there is no rollup to wait for."""
    expect(answer).to_have_attribute("data-status", "complete")


def expect_at_end(chat):
    """The last that was said is in view, and nothing offers to go there."""
    expect(chat.answers.last).to_be_in_viewport()
    expect(chat.get("to-end")).to_be_hidden()


def test_a_round_unfolds_while_the_answer_is_still_to_come(start_calculator, claude):
    _, chat = start_calculator("auto", config=PRICES)
    chat.listen()
    key = uuid.uuid4().hex
    chat.say(play(f"tools?calls={CALL}+{OTHER},hold?key={key}"))
    calls = chat.get("tool-call")
    expect(calls).to_have_count(2)
    expect(calls.nth(0)).to_have_attribute("data-status", "done")
    expect(calls.nth(1)).to_have_attribute("data-status", "failed")
    expect(chat.answers.last).to_have_attribute("data-status", "streaming")
    chat.get("tool-summary", calls.nth(0)).click()
    expect(chat.get("tool-arguments", calls.nth(0))).to_contain_text('expression: "6*7"')
    expect(chat.get("tool-result", calls.nth(0))).to_contain_text("42")
    chat.get("tool-summary", calls.nth(1)).click()
    expect(chat.get("tool-result", calls.nth(1))).to_contain_text("stands where a number should")
    assert violations(chat.page) == []
    claude.release(key)
    expect_whole(chat.answers.last)
    expect(chat.get("message-note", chat.answers.first)).to_be_hidden()
    cost = re.compile(r"tokens in.* · \d+ out · \$\d+\.\d\d")
    expect(chat.get("usage", chat.answers.last)).to_have_text(cost)
    expect(chat.get("thread-usage")).to_have_text(re.compile(r"^2 requests: .*\$\d+\.\d\d"))
    chat.page.reload()
    expect(chat.get("thread-usage")).to_have_text(re.compile(r"^2 requests: .*\$\d+\.\d\d"))
    expect(calls.nth(1)).to_have_attribute("data-status", "failed")


def test_what_one_tab_allows_the_other_sees(start_calculator, open_chat):
    chatd, chat = start_calculator("ask")
    other = open_chat(chatd).listen()
    chat.say(play(f"tools?calls={CALL},normal"))
    for page in (chat, other):
        expect(page.get("tool-approval")).to_be_visible()
    other.expect_said("Calculator asks to run calculate. Allow or deny it")
    name = "Allow calculate of Calculator"
    chat.get("tool-approval").get_by_role("button", name=name, exact=True).focus()
    chat.page.keyboard.press("Enter")
    for page in (chat, other):
        expect(page.get("tool-call")).to_have_attribute("data-status", "done")
        expect(page.get("tool-approval")).to_have_count(0)
        expect(page.answers.last).to_contain_text("Results: 42")
    expect(chat.get("tool-summary")).to_be_focused()
    other.expect_said("calculate of Calculator: done")
    expect_whole(chat.answers.last)
    expect_at_end(chat)


def test_a_question_outlives_a_reload_and_chatd_itself_and_no_is_told(start_calculator):
    chatd, chat = start_calculator("ask")
    chat.say(play(f"tools?calls={CALL},normal"))
    asked = chat.get("tool-approval")
    expect(asked).to_be_visible()
    expect(chat.get("stop")).to_be_visible()
    chat.page.reload()
    expect(asked).to_be_visible()
    chatd.kill()
    expect(chat.page.locator("html[data-connection=live]")).to_have_count(0)
    chatd.start()
    chat.wait_live()
    chat.expect_child("calculator", "ready")
    asked.get_by_role("button", name="Deny calculate of Calculator").click()
    expect(chat.get("tool-call")).to_have_attribute("data-status", "refused")
    expect(chat.get("tool-reason")).to_contain_text("a person said no")
    expect(chat.answers.last).to_contain_text("Results: error a person said no")
    expect(chat.get("stop")).to_be_hidden()


def test_what_is_always_allowed_is_not_asked_again(start_calculator):
    chatd, chat = start_calculator("ask")
    chat.listen()
    chat.say(play(f"tools?calls={CALL},normal"))
    always = chat.get("tool-approval").get_by_role("button", name="Always allow")
    always.click()
    expect_whole(chat.answers.last)
    chat.say(play(f"tools?calls={CALL},normal"))
    expect(chat.get("tool-call")).to_have_count(2)
    expect_whole(chat.answers.last)
    expect(chat.answers.last).to_contain_text("Results: 42")
    asked = chat.page.evaluate("window.said.join().split('asks to run').length - 1")
    assert asked == 1
    (tool,) = chatd.get("/api/tools")["tools"]
    assert (tool["approve"], tool["remembered"]) == ("auto", True)


def test_the_wait_for_a_server_that_is_overloaded_counts_down_and_can_be_stopped(chat):
    chat.listen()
    chat.say(play("529?retry-after=90"))
    wait = chat.get("answer-wait", chat.answers.last)
    expect(wait).to_have_text(
        re.compile(r"is overloaded \(.*\)\. Asking again in 1 min \d+ s, attempt 2$")
    )
    chat.expect_said("attempt 2")
    before = wait.inner_text()
    expect(wait).not_to_have_text(before)
    chat.page.reload()
    expect(wait).to_contain_text("is overloaded")
    chat.get("stop").click()
    expect(chat.answers.last).to_have_attribute("data-status", "stopped")
    expect(wait).to_be_hidden()
    note = chat.get("message-note", chat.answers.last)
    expect(note).to_have_text("Stopped before a word came.")
    expect(chat.get("stop")).to_be_hidden()
    chat.get("retry-answer", chat.answers.last).click()
    expect(chat.get("answer-wait", chat.answers.last)).to_be_visible()
    chat.get("stop").click()
    expect(chat.answers.last).to_have_attribute("data-status", "stopped")


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("empty", "It ended without a word."), ("max-tokens", "Cut off at the token limit."),
        ("tools-forever", "the limit of rounds was reached"),
    ],
)  # fmt: skip
def test_an_end_that_is_none_is_said_and_shown(start_calculator, scenario, words):
    _, chat = start_calculator("auto", config="max_tool_rounds = 1\n")
    chat.listen()
    chat.say(play(scenario))
    note = chat.get("message-note", chat.answers.last)
    expect(note).to_contain_text(words)
    expect(chat.answers.last).to_have_attribute("data-status", "complete")
    expect(chat.get("stop")).to_be_hidden()


def test_where_an_answer_has_left_out_the_oldest_a_line_says_so(start_calculator):
    chatd, chat = start_calculator("auto", config="[claude]\ncontext_tokens = 20000\n")
    for number in range(3):
        chat.say(f"{number} " + "so it went on " * 2000)
        expect(chat.answers).to_have_count(number + 1)
        expect_whole(chat.answers.last)
    line = chat.get("context-from")
    expect(line).to_have_count(1)
    cut = next(m["context_from"] for m in reversed(chatd.messages()) if m.get("context_from"))
    below = line.evaluate("line => line.nextElementSibling.dataset.entryId")
    assert below == cut
    assert violations(chat.page) == []
