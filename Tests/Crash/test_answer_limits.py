"""Limits of an answer, the models there are, and what answers have cost."""

import pytest
from scene import call, calling

PRICES = """[claude.prices."claude-opus-5-5"]
input = 4.0
output = 20.0
cache_read = 0.4
cache_write = 5.0
"""
FOREVER = f"scenario:tools-forever?calls={call('gauge__note', 'a')}"


def test_an_answer_ends_at_its_limit_of_rounds_and_the_next_goes_on(scene):
    scene = scene().add_gauge()
    with scene.running("--max-tool-rounds", "2") as chat:
        user = chat.say(FOREVER)
        answer = chat.last_answer(user, limit=2)
        path = [entry["type"] for entry in chat.path() if entry["type"] != "Rollup"]
        # Whoever reads it sees why: it asks for calls, and none follow.
        assert (answer["status"], answer["stop_reason"]) == ("complete", "tool_use")
        assert path == ["Message", "Message", "ToolRound", "Message", "ToolRound", "Message"]
        assert len(scene.calls()) == 2
        assert chat.last_answer(chat.say("go on"))["status"] == "complete"
    bodies = [request["body"] for request in scene.claude.told()]
    choices = [body.get("tool_choice", {}).get("type") for body in bodies]
    assert choices == [None, None, "none", None]
    # What was asked for and not called is said to be so.
    [results] = [m for m in bodies[3]["messages"][-1:] if m["role"] == "user"]
    assert results["content"][0]["is_error"] and results["content"][-1]["text"] == "go on"


def test_a_limit_of_a_thread_outranks_the_option_and_outlasts_chatd(scene):
    scene = scene().add_gauge()
    with scene.running() as chat:
        one, none = (chat.ask("create_thread")["threads"][0]["id"] for _ in range(2))
        chat.ask("update_thread", id=one, max_tool_rounds=1, max_tokens=77)
        chat.ask("update_thread", id=none, max_tool_rounds=0)
    with scene.running() as chat:
        answer = chat.last_answer(chat.say(FOREVER, thread=one), limit=1)
        assert answer["stop_reason"] == "tool_use"
        assert chat.last_answer(chat.say("hello", thread=none))["status"] == "complete"
        assert chat.last_answer(chat.say("hello"))["status"] == "complete"
        listed = {thread["id"]: thread for thread in chat.ask("list_threads")["threads"]}
    assert (listed[one]["max_tool_rounds"], listed[one]["max_tokens"]) == (1, 77)
    assert len(scene.calls()) == 1
    *limited, without, control = [request["body"] for request in scene.claude.told()]
    assert [body["max_tokens"] for body in limited] == [77, 77]
    assert "tools" not in without and control["tools"] and control["max_tokens"] > 77


@pytest.mark.parametrize("shape", [(), ("--openai-models",)])
def test_the_models_that_the_server_has_are_listed(scene, shape):
    scene = scene(*shape).add_gauge()
    with scene.running() as chat:
        told = chat.get("/api/models")
    names = [model["id"] for model in told["models"]]
    assert told["default"] in names and len(names) == len(set(names)) > 3
    limits = {model["max_tokens"] for model in told["models"]}
    assert (limits == {None}) == bool(shape)


def cost(usage):
    """What an answer's tokens cost, in millionths of a dollar."""
    return (usage["input_tokens"] * 4 + usage["output_tokens"] * 20
            + usage["cache_read_input_tokens"] * 0.4
            + usage["cache_creation_input_tokens"] * 5)  # fmt: skip


def usages(chat):
    """What each message of the assistant's came to, on all branches."""
    entries = chat.entries.values()
    return [entry["usage"] for entry in entries if entry.get("role") == "assistant"]


@pytest.mark.parametrize("prices", [PRICES, ""])
def test_what_a_thread_has_cost_counts_every_request(scene, prices):
    scene = scene().add_gauge()
    (scene.folder / "chatd.toml").write_text(prices)
    with scene.running() as chat:
        chat.ask("update_thread", id="main", model="claude-opus-5-5")
        answer = chat.last_answer(chat.say(calling(call("gauge__note", "a"))))
        # Another answer, and both were paid.
        chat.until_redone("regenerate", answer)
    with scene.running() as chat:
        usage = chat.get("/api/threads/main/usage")
        told = chat.until(lambda: len(found := usages(chat)) == 3 and found)
    assert usage["answers"] == len(scene.claude.told()) == 3
    for name in ("input", "output", "cache_creation_input", "cache_read_input"):
        assert usage[f"{name}_tokens"] == sum(each[f"{name}_tokens"] for each in told)
    if not prices:
        assert (usage["cost_micro_usd"], usage["unpriced"]) == (None, 3)
        assert not any("cost_micro_usd" in each for each in told)
        return
    assert usage["unpriced"] == 0
    assert usage["cost_micro_usd"] == sum(each["cost_micro_usd"] for each in told) > 0
    assert all(abs(each["cost_micro_usd"] - cost(each)) <= 1 for each in told)
