"""A person decides on the assistant's calls: for that is waited, over restarts and kills too."""

import signal

import pytest
from scene import ASK, AUTO, call, calling


def end(run, how):
    """Ends chatd, as a service manager would or not."""
    if how == signal.SIGTERM:
        assert run.stop() == 0
    else:
        run.kill()


def decide(chat, each, decision, **fields):
    """A person's word on a call; what it is answered with."""
    return chat.ask("approve_tool", call_id=each["call_id"], decision=decision, **fields)


def the_tool(chat, name="note"):
    """A gauge's tool as chatd shows it."""
    tools = chat.get("/api/tools")["tools"]
    [tool] = [tool for tool in tools if (tool["child_id"], tool["name"]) == ("gauge", name)]
    return tool


def test_a_call_waits_for_a_person_who_allows_or_denies_it(scene):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "yes"), call("gauge__note", "no")))
        yes, no = chat.calls_when(user, "waiting", "waiting")
        # Nobody has been asked, and the model neither.
        assert scene.calls() == [] and len(scene.claude.told()) == 1
        refused = decide(chat, no, "deny")["messages"][0]["calls"][1]
        assert (refused["status"], refused["reason"]) == ("refused", "a person said no")
        assert scene.calls() == []
        allowed = decide(chat, yes, "allow")
        assert allowed["messages"][0]["calls"][0]["status"] == "running"
        for each in (yes, no):
            assert decide(chat, each, "allow")["code"] == "conflict"
        assert decide(chat, {"call_id": "made up"}, "allow")["code"] in ("not_found", "conflict")
        answer = chat.last_answer(user)
        assert not the_tool(chat)["remembered"]
    assert scene.calls() == [["gauge", "note", "yes"]]
    assert "Results: noted yes | error" in answer["content"]
    assert "a person said no" in answer["content"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_word_that_is_remembered_outlasts_chatd_until_it_is_forgotten(scene, how):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "1")))
        [waiting] = chat.calls_when(user, "waiting")
        decide(chat, waiting, "allow", remember=True)
        chat.last_answer(user)
        tool = the_tool(chat)
        assert (tool["approve"], tool["remembered"]) == ("auto", True)
        end(chat.run, how)
    with scene.running() as chat:
        tool = the_tool(chat)
        assert (tool["approve"], tool["remembered"]) == ("auto", True)
        chat.last_answer(chat.say(calling(call("gauge__note", "2"))))
        # Of this tool alone.
        other = chat.say(calling(call("gauge__wrong", "3")))
        [waiting] = chat.calls_when(other, "waiting")
        decide(chat, waiting, "deny", remember=True)
        chat.last_answer(other)
        assert the_tool(chat, "wrong")["approve"] == "never"
        end(chat.run, how)
    with scene.running() as chat:
        answer = chat.last_answer(chat.say("hello"))
        assert answer["status"] == "complete"
        tools = scene.claude.told()[-1]["body"]["tools"]
        offered = {tool["name"]: tool["description"] for tool in tools}
        # It is declared, because it was called before, but it is said to be not available.
        assert "gauge__note" in offered and "ot available" in offered["gauge__wrong"]
        for name in ("note", "wrong"):
            told = chat.get("/api/tools/forget", {"child_id": "gauge", "tool": name})
            assert (told["approve"], told["remembered"]) == ("ask", False)
        end(chat.run, how)
    with scene.running() as chat:
        assert not the_tool(chat)["remembered"]
        user = chat.say(calling(call("gauge__note", "4")))
        [waiting] = chat.calls_when(user, "waiting")
    assert [mark for *_, mark in scene.calls()] == ["1", "2"]


@pytest.mark.parametrize("decision", ["allow", "deny"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_waits_goes_on_waiting_in_the_next_run(scene, how, decision):
    scene = scene().add_gauge(tools=f'{ASK}\nauto = ["gate"]').add_gauge("other")
    with scene.running() as chat:
        user = chat.say(calling(call("other__note", "done"), call("gauge__note", "waits")))
        chat.calls_when(user, "done", "waiting")
        end(chat.run, how)
    for _ in range(2):
        with scene.running() as chat:
            [_, waiting] = chat.calls_when(user, "done", "waiting")
            end(chat.run, how)
    with scene.running() as chat:
        [_, waiting] = chat.calls_when(user, "done", "waiting")
        assert len(scene.claude.told()) == 1
        decide(chat, waiting, decision)
        answer = chat.last_answer(user)
        path = chat.path()
    expected = [["other", "note", "done"], ["gauge", "note", "waits"]]
    assert scene.calls() == expected[: 2 if decision == "allow" else 1]
    assert answer["status"] == "complete"
    assert "Results: noted done | " in answer["content"]
    assert ("noted waits" in answer["content"]) == (decision == "allow")
    assert len(scene.claude.told()) == 2
    kinds = [entry["type"] for entry in path if entry["type"] != "Rollup"]
    assert kinds == ["Message", "Message", "ToolRound", "Message"]


def test_a_call_that_was_running_is_not_made_again(scene):
    scene = scene().add_gauge(tools=AUTO)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__gate", "held"), call("gauge__wrong", "b")))
        scene.held()
    with scene.running() as chat:
        answer = chat.last_answer(user)
        [ran, _] = chat.round(user)["calls"]
    assert (ran["status"], ran["reason"]) == ("failed", "chatd ended while it ran")
    assert [mark for *_, mark in scene.calls()].count("held") == 1
    assert answer["status"] == "complete"
    assert "error chatd ended while it ran" in answer["content"]
    assert len(scene.claude.told()) == 2


def test_an_allowed_call_that_was_running_is_not_made_again(scene):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__gate", "held"), call("gauge__note", "waits")))
        held, _ = chat.calls_when(user, "waiting", "waiting")
        decide(chat, held, "allow")
        scene.held()
    with scene.running() as chat:
        [ran, waiting] = chat.calls_when(user, "failed", "waiting")
        assert ran["reason"] == "chatd ended while it ran"
        assert decide(chat, ran, "allow")["code"] == "conflict"
        decide(chat, waiting, "allow")
        answer = chat.last_answer(user)
    assert answer["status"] == "complete"
    assert [mark for *_, mark in scene.calls()] == ["held", "waits"]


def test_a_message_that_is_sent_meanwhile_is_answered_behind(scene):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "a")))
        [waiting] = chat.calls_when(user, "waiting")
        later = chat.say("and this")
        assert later["status"] == "queued"
        chat.run.kill()
    with scene.running() as chat:
        [waiting] = chat.calls_when(user, "waiting")
        # It waits for a person, and so does whoever wants to call a tool: he is told at once.
        told = chat.get("/api/tools/call", {"child_id": "gauge", "tool": "note", "arguments": {}})
        assert told.get("code") == "conflict", told
        decide(chat, waiting, "allow")
        assert chat.last_answer(user)["status"] == "complete"
        assert chat.last_answer(later)["status"] == "complete"
        said = [entry["role"] for entry in chat.path() if entry["type"] == "Message"]
    assert said == ["user", "assistant", "assistant", "user", "assistant"]
    assert scene.calls() == [["gauge", "note", "a"]]
