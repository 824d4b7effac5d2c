"""A server that lacks something answers all the same, and is not asked in vain again."""

import pytest
from scene import call, calling

TOOLS = calling(call("gauge__note", "a"))


def statuses(scene, path="/v1/messages"):
    """What came of each request of a path."""
    return [request["status"] for request in scene.claude.told(path)]


def last_request(scene):
    """The last one's body."""
    return scene.claude.told()[-1]["body"]


def has_breakpoints(request):
    """Whether it marks what is to be kept."""
    return "cache_control" in str(request)


@pytest.mark.parametrize("vague", [(), ("--vague",)])
@pytest.mark.parametrize(
    "lacks", [("cache_control",), ("tool_choice",), ("cache_control", "tool_choice")])
def test_what_a_server_does_not_take_is_left_out_from_then_on(scene, lacks, vague):
    options = [word for name in lacks for word in ("--lacks", name)]
    scene = scene(*options, *vague).add_gauge()
    with scene.running("--max-tool-rounds", "1") as chat:
        # The request behind the last round is the one that says which tools may be called.
        assert chat.last_answer(chat.say(TOOLS))["status"] == "complete"
        first = statuses(scene)
        user = chat.say(TOOLS)
        answer = chat.last_answer(user)
        second = statuses(scene)[len(first):]
        [noted] = chat.round(user)["calls"]
    # The control: it was refused, as often as there are things that it lacks and names.
    assert first.count(200) == 2 and 1 <= first.count(400) <= len(lacks), first
    assert second == [200, 200]
    assert (answer["status"], noted["status"]) == ("complete", "done")
    assert scene.calls() == [["gauge", "note", "a"]] * 2
    sent = last_request(scene)
    if "cache_control" in lacks:
        assert not has_breakpoints(sent)
    if "tool_choice" in lacks:
        assert "tool_choice" not in sent
    if not vague:
        # What it does take is sent on.
        assert has_breakpoints(sent) == ("cache_control" not in lacks)
        assert ("tool_choice" in sent) == ("tool_choice" not in lacks)


@pytest.mark.parametrize("lacks", [(), ("--lacks", "count_tokens")])
def test_without_a_count_of_tokens_they_are_estimated(scene, lacks):
    scene = scene("--context", "20000", *lacks).add_gauge()
    counted = "/v1/messages/count_tokens"
    words = "word " * 3000
    with scene.running("--max-tokens", "1000") as chat:
        answers = [chat.last_answer(chat.say(f"{n} {words}")) for n in range(8)]
        assert [answer["status"] for answer in answers] == ["complete"] * 8
    counts = statuses(scene, counted)
    if lacks:
        # It is found out once.
        assert counts == [404]
    else:
        assert counts and set(counts) == {200}
    assert set(statuses(scene)) == {200}
    # There is more than it can read, so older turns were left out.
    assert any(answer.get("context_from") for answer in answers)
    assert len(last_request(scene)["messages"]) < 15


def test_a_server_that_lacks_all_of_it_answers(scene):
    everything = ("count_tokens", "models", "tool_choice", "cache_control")
    options = [word for name in everything for word in ("--lacks", name)]
    scene = scene(*options, "--vague", "--no-key").add_gauge()
    with scene.running("--max-tool-rounds", "1") as chat:
        for _ in range(2):
            before = len(statuses(scene))
            answer = chat.last_answer(chat.say(TOOLS))
            assert (answer["status"], answer["stop_reason"]) == ("complete", "end_turn")
        models = chat.get("/api/models")
    assert [model["id"] for model in models["models"]] == [models["default"]]
    # Nobody says what is lacking: what the first refused request did not have is found out later.
    assert statuses(scene)[:before] == [400, 200, 400, 200]
    assert statuses(scene)[before:] == [200, 200]
