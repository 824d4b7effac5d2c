"""Rounds of calls to tools: what is seen of them, and what a person decides about them."""

import pytest
from axe import violations
from playwright.sync_api import expect
from script import call


def test_a_round_of_calls_unfolds(scripted):
    chat, script = scripted
    chat.listen()
    script.answered("", stop_reason="tool_use")
    entry = script.called(call("a"), call("b", tool="explain"))
    calls = chat.get("tool-call")
    expect(calls).to_have_count(2)
    # What only asks for tools has no words to be shown.
    expect(chat.answers).to_have_count(0)
    first, second = calls.nth(0), calls.nth(1)
    expect(first).to_have_attribute("data-status", "running")
    expect(first).to_contain_text("Calculator")
    expect(first).to_contain_text("calculate")
    expect(chat.get("tool-arguments", first)).to_be_hidden()
    chat.get("tool-summary", first).click()
    expect(chat.get("tool-arguments", first)).to_contain_text("6 * 7")
    text = [{"type": "text", "text": "<b>42</b>"}]
    done = {"status": "done", "content": text, "latency_ms": 12.4}
    failed = {"status": "failed", "reason": "calculator: it exited with code 3", "latency_ms": 2100}
    script.update(entry, calls=[call("a", **done), call("b", tool="explain", **failed)])
    expect(first).to_have_attribute("data-status", "done")
    expect(chat.get("tool-result", first)).to_contain_text("<b>42</b>")
    expect(chat.get("tool-summary", first)).to_contain_text("12 ms")
    expect(second).to_have_attribute("data-status", "failed")
    expect(chat.get("tool-summary", second)).to_contain_text("2.1 s")
    chat.get("tool-summary", second).click()
    expect(chat.get("tool-reason", second)).to_contain_text("it exited with code 3")
    chat.expect_said("calculate of Calculator: done")
    chat.expect_said("explain of Calculator: failed")
    script.answered("It is 42.")
    expect(chat.answers).to_have_count(1)
    assert violations(chat.page) == []


@pytest.mark.parametrize(
    ("button", "decision", "remember", "said"),
    [
        ("Allow", "allow", False, "is allowed"),
        ("Always allow", "allow", True, "is allowed"),
        ("Deny", "deny", False, "is denied"),
    ],
)
def test_a_call_that_waits_is_decided_upon(scripted, button, decision, remember, said):
    chat, script = scripted
    chat.listen()
    entry = script.called(call("a", "waiting"), call("b"))
    chat.expect_said("Calculator asks to run calculate")
    asked = chat.get("tool-approval")
    expect(asked).to_have_count(1)
    expect(chat.get("tool-arguments").first).to_contain_text("6 * 7")
    assert violations(chat.page) == []

    def decide(command):
        status = "running" if command["decision"] == "allow" else "refused"
        entry["calls"] = [call("a", status), call("b")]
        entry["seq"] += 1
        return {"type": "message_update", "messages": [entry]}

    script.answer("approve_tool", decide)
    name = f"{button} calculate of Calculator"
    asked.get_by_role("button", name=name, exact=True).focus()
    chat.page.keyboard.press("Enter")
    expect(asked).to_have_count(0)
    sent = script.commands[0]
    assert (sent["call_id"], sent["decision"], sent["remember"]) == ("a", decision, remember)
    expect(chat.get("tool-summary").first).to_be_focused()
    chat.expect_said(said)


def test_a_turn_that_waits_for_a_decision_can_be_stopped(scripted):
    chat, script = scripted
    expect(chat.get("stop")).to_be_hidden()
    entry = script.called(call("a", "waiting"))

    def stop(_):
        entry["calls"] = [call("a", "refused", reason="it was stopped")]
        entry["seq"] += 1
        return {"type": "message_update", "messages": [entry]}

    script.answer("stop_generation", stop)
    chat.get("stop").click()
    expect(chat.get("tool-call")).to_have_attribute("data-status", "refused")
    assert script.commands[0]["message_id"] == entry["original_message_id"]
    expect(chat.get("stop")).to_be_hidden()
    expect(chat.get("tool-approval")).to_have_count(0)


def test_a_decision_that_is_refused_is_said_and_can_be_made_again(scripted):
    chat, script = scripted
    script.called(call("a", "waiting"))
    script.answer(
        "approve_tool",
        lambda _: {"type": "error", "code": "conflict", "message": "the call does not wait"},
    )
    name = "Allow calculate of Calculator"
    allow = chat.get("tool-approval").get_by_role("button", name=name, exact=True)
    allow.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.get("failure")).to_contain_text("the call does not wait")
    expect(allow).to_have_attribute("aria-disabled", "false")
    expect(allow).to_be_focused()


def test_an_answer_that_is_asked_for_again_counts_down(scripted):
    chat, script = scripted
    chat.listen()
    message = script.answered("", status="streaming", stop_reason=None)
    wait = chat.get("answer-wait", chat.answers.last)
    expect(wait).to_be_hidden()
    at = chat.page.evaluate("new Date(Date.now() + 60_000).toISOString()")
    retry = {"type": "answer_retry", "message_id": message["id"], "thread": "main", "attempt": 2}
    script.send(retry | {"at": at, "reason": "the server is overloaded"})
    expect(wait).to_contain_text("the server is overloaded. Asking again in ")
    expect(wait).to_contain_text("attempt 3")
    chat.expect_said("the server is overloaded")
    expect(chat.get("stop")).to_be_visible()
    before = wait.inner_text()
    expect(wait).not_to_have_text(before)
    script.send({"type": "message_delta", "message_id": message["id"], "offset": 0, "text": "Now"})
    expect(wait).to_be_hidden()
    expect(chat.answers.last).to_contain_text("Now")
    script.send(retry | {"at": at, "reason": "again"})
    expect(wait).to_be_visible()
    script.update(message, status="stopped")
    expect(wait).to_be_hidden()


def test_each_stop_reason_is_said_in_words(scripted):
    chat, script = scripted
    reasons = {
        "max_tokens": "token limit", "refusal": "declined", "stop_sequence": "stop sequence",
        "pause_turn": "paused", "model_context_window_exceeded": "take in",
        "of_the_future": "Ended: of_the_future", "tool_use": "limit of rounds",
    }  # fmt: skip
    for count, (reason, words) in enumerate(reasons.items(), 1):
        script.answered("So far.", stop_reason=reason)
        expect(chat.answers).to_have_count(count)
        expect(chat.get("message-note", chat.answers.last)).to_contain_text(words)


def test_an_answer_that_goes_on_with_tools_has_no_note(scripted):
    chat, script = scripted
    script.answered("Let me see.", stop_reason="tool_use")
    script.called(call("a", "done"))
    expect(chat.get("tool-call")).to_have_count(1)
    expect(chat.get("message-note", chat.answers.last)).to_be_hidden()


def test_what_an_answer_came_to_is_shown_and_what_is_not_known_is_a_dash(scripted):
    chat, script = scripted
    usage = {
        "input_tokens": 100, "output_tokens": 50, "cache_creation_input_tokens": 200,
        "cache_read_input_tokens": 3000, "cost_micro_usd": 12_300,
    }  # fmt: skip
    script.answered("", stop_reason="tool_use", usage=usage)
    script.called(call("a", "done"))
    script.answered("It is 42.", usage=usage)
    # What the message without words came to is part of its answer.
    words = chat.get("usage", chat.answers.last)
    expect(words).to_have_text("6,600 tokens in, 6,000 of them cached · 100 out · $0.0246")
    script.answered("Next.", usage={"input_tokens": 7, "output_tokens": 8})
    expect(words).to_have_text("7 tokens in · 8 out · –")
    script.answered("Last.")
    expect(words).to_have_text("– tokens in · – out · –")


def test_where_the_assistant_has_read_from_is_a_line(scripted):
    chat, script = scripted
    first = script.answered("Long ago.")
    line = chat.get("context-from")
    expect(chat.answers).to_have_count(1)
    expect(line).to_have_count(0)
    script.answered("Now.", context_from=first["id"])
    expect(line).to_have_count(1)
    words = "Too long for the assistant: it has not read what stands above"
    expect(line).to_have_attribute("aria-label", words)
    follows = chat.page.evaluate(
        "document.querySelector('[data-testid=context-from]').nextElementSibling.dataset.entryId"
    )
    assert follows == first["id"]


def test_what_the_thread_came_to_is_shown(start_chatd, open_chat):
    chat = open_chat(start_chatd())
    expect(chat.get("thread-usage")).to_be_hidden()
    chat.say("Hello")
    chat.expect_answered(chat.answers.first)
    expect(chat.get("thread-usage")).to_contain_text("1 request:")
    expect(chat.get("thread-usage")).to_contain_text("· –")
    chat.page.reload()
    expect(chat.get("thread-usage")).to_contain_text("1 request:")
