"""The assistant calls children's tools: real children, a strict server, all of it on disk."""

import pytest
from scene import ASK, AUTO, call, calling

SUM = 'calculator__calculate:{"expression":"6*7"}'


def results(request):
    """The results that stand in the last message of a request."""
    content = request["body"]["messages"][-1]["content"]
    return [block for block in content if block["type"] == "tool_result"]


def words(content):
    """The text of MCP's blocks."""
    return "".join(block["text"] for block in content)


def test_calls_reach_the_children_at_once_and_results_come_in_one_turn_in_order(scene):
    scene = scene().add_gauge("left").add_gauge("right")
    scene.add("calculator", f"[tools]\n{AUTO}\n")
    with scene.running() as chat:
        text = calling(call("left__gate", "one"), SUM, call("right__gate", "two"))
        user = chat.say(text)
        # Both have theirs, and neither has answered.
        held = dict(scene.held() for _ in range(2))
        assert sorted(held) == ["one", "two"]
        calls = chat.calls_when(user, "running", "done", "running")
        for mark in ("two", "one"):
            held[mark].close()
        answer = chat.last_answer(user)
        path = chat.path()
    assert (answer["status"], answer["stop_reason"]) == ("complete", "end_turn")
    assert "Results: passed one | 42 | passed two." in answer["content"]
    [first, second] = scene.claude.told()
    asked = first["body"]["tools"]
    assert [tool["name"] for tool in asked] == sorted(tool["name"] for tool in asked)
    [_, said, told] = second["body"]["messages"]
    ids = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
    assert [block["tool_use_id"] for block in told["content"]] == ids
    [_, inner, round_, last] = [entry for entry in path if entry["type"] != "Rollup"]
    assert (inner["stop_reason"], round_["parent"]) == ("tool_use", inner["id"])
    assert (last["id"], last["parent"]) == (answer["id"], round_["id"])
    calls = round_["calls"]
    assert [(c["child_id"], c["tool"], c["status"]) for c in calls] == [
        ("left", "gate", "done"), ("calculator", "calculate", "done"), ("right", "gate", "done"),
    ]  # fmt: skip
    assert calls[1]["arguments"] == {"expression": "6*7"}
    assert [words(c["content"]) for c in calls] == ["passed one", "42", "passed two"]
    assert all(c["latency_ms"] > 0 and c["reason"] is None for c in calls)


@pytest.mark.parametrize(
    ("tool", "status", "reason"),
    [
        ("die", "failed", "gauge"), ("hang", "timed_out", "no answer within"),
        ("wrong", "failed", "the tool says"), ("note", "done", None),
    ],
)  # fmt: skip
def test_whatever_becomes_of_a_call_the_answer_goes_on(scene, tool, status, reason):
    scene = scene().add_gauge(timeout_ms=1000).add_gauge("other")
    with scene.running() as chat:
        user = chat.say(calling(call(f"gauge__{tool}", "a"), call("other__note", "b")))
        answer = chat.last_answer(user)
        [bad, good] = chat.round(user, is_over=True)["calls"]
    assert (bad["status"], good["status"]) == (status, "done")
    assert reason in bad["reason"] if reason else bad["reason"] is None
    assert answer["status"] == "complete"
    [failed, noted] = results(scene.claude.told()[-1])
    # What is done is no error: the same test with a tool that works.
    assert failed.get("is_error", False) == (status != "done")
    assert not noted.get("is_error", False)
    if reason:
        assert bad["reason"] in str(failed["content"])
    assert sorted(scene.calls()) == [["gauge", tool, "a"], ["other", "note", "b"]]


def test_a_child_that_died_is_called_in_the_next_round(scene):
    scene = scene().add_gauge(tools=AUTO).add_gauge("other")
    once = f"tools?calls={call('other__gate', 'g')}"
    then = f"{once},tools?calls={call('gauge__note', 'b')},normal"
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__die", "a"), then=then))
        mark, place = scene.held()
        # The supervisor has started it again meanwhile.
        chat.until(chat.are_children_ready)
        place.close()
        answer = chat.last_answer(user)
        [died], [noted] = (chat.round(user, n, is_over=True)["calls"] for n in (1, 3))
    assert (mark, died["status"], noted["status"]) == ("g", "failed", "done")
    assert "noted b" in answer["content"]


def test_what_is_never_to_be_called_is_not_offered_and_not_called(scene):
    tools = f'{AUTO}\nnever = ["die", "note"]'
    scene = scene().add_gauge(tools=tools)
    with scene.running() as chat:
        name = "gauge__note"
        user = chat.say(f"scenario:tools-unknown?calls={call(name, 'a')}+no_such_tool,normal")
        answer = chat.last_answer(user)
        calls = chat.round(user, is_over=True)["calls"]
    first, second = scene.claude.told()
    offered = [tool["name"] for tool in first["body"]["tools"]]
    assert offered == ["gauge__gate", "gauge__hang", "gauge__wrong"]
    assert all(c["status"] in ("refused", "failed") and c["reason"] for c in calls), calls
    assert all(block["is_error"] for block in results(second))
    assert len(results(second)) == 2
    assert answer["status"] == "complete"
    assert scene.calls() == []


def test_a_tool_that_the_child_has_no_more_is_refused(scene):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "a"), call("gauge__wrong", "b")))
        calls = chat.calls_when(user, "waiting", "waiting")
        (scene.folder / "tools").write_text("wrong gate")
        chat.ask("restart_child", actor_id="gauge")
        chat.until(chat.are_children_ready)
        for each in calls:
            chat.ask("approve_tool", call_id=each["call_id"], decision="allow")
        answer = chat.last_answer(user)
        [gone, there] = chat.round(user)["calls"]
        # The next answer gets the tools that there are, and the one that was called as a stub.
        chat.last_answer(chat.say("and now"))
    assert gone["status"] == "refused" and "note" in gone["reason"]
    assert there["reason"] == "the tool says that it failed"
    assert scene.calls() == [["gauge", "wrong", "b"]]
    assert answer["status"] == "complete"
    names = [tool["name"] for tool in scene.claude.told()[-1]["body"]["tools"]]
    assert names == ["gauge__gate", "gauge__note", "gauge__wrong"]
