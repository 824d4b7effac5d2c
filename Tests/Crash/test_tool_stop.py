"""An answer with calls is stopped, begun over and gone on with."""

import pytest
from scene import ASK, AUTO, call, calling


@pytest.mark.parametrize("by", ["user", "message", "round's turn"])
def test_a_call_that_waits_is_stopped_at_once(scene, by):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "a")))
        [waiting] = chat.calls_when(user, "waiting")
        inner = chat.round(user)["parent"]
        name = {"user": user["id"], "message": inner}.get(
            by, chat.round(user)["original_message_id"])
        stopped = chat.ask("stop_generation", message_id=name)
        assert stopped["type"] == "message_update", stopped
        answer = chat.last_answer(user)
        [call_] = chat.round(user, is_over=True)["calls"]
        late = chat.ask("approve_tool", call_id=waiting["call_id"], decision="allow")
    assert (answer["status"], call_["status"]) == ("stopped", "refused")
    assert late["code"] == "conflict"
    assert scene.calls() == [] and len(scene.claude.told()) == 1


@pytest.mark.parametrize("tool", ["gate", "hang"])
def test_a_call_that_runs_is_stopped_at_once(scene, tool):
    scene = scene().add_gauge().add_gauge("other")
    with scene.running() as chat:
        user = chat.say(calling(call(f"gauge__{tool}", "a"), call("other__gate", "b")))
        chat.calls_when(user, "running", "running")
        # It has reached a child, which would never answer.
        held = [scene.held() for _ in range(1 + (tool == "gate"))]
        chat.ask("stop_generation", message_id=user["id"])
        answer = chat.last_answer(user)
        calls = chat.round(user, is_over=True)["calls"]
        assert answer["status"] == "stopped"
        assert [(c["status"], bool(c["reason"])) for c in calls] == [("failed", True)] * 2
        assert len(scene.claude.told()) == 1
        for _, place in held:
            place.close()
        # What comes of them later changes nothing, and the next turn is as any other.
        next_ = chat.last_answer(chat.say(calling(call("other__note", "c"))))
        assert next_["status"] == "complete"
        assert chat.round(user)["calls"] == calls
    assert ["other", "note", "c"] in scene.calls()


def test_a_stopped_answer_stays_stopped_after_a_kill_and_is_gone_on_with(scene):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "a")))
        chat.calls_when(user, "waiting")
        chat.ask("stop_generation", message_id=user["id"])
        chat.last_answer(user)
    with scene.running() as chat:
        stopped = chat.last_answer(user)
        assert stopped["status"] == "stopped"
        answer = chat.until_redone("retry", stopped)
        # It goes on behind the round, whose call a person has stopped.
        assert answer["parent"] == stopped["parent"] == chat.round(user)["id"]
    assert (answer["status"], scene.calls()) == ("complete", [])
    [first, second] = scene.claude.told()
    assert second["body"]["messages"][-1]["content"][0]["is_error"]
    assert len(second["body"]["messages"]) == len(first["body"]["messages"]) + 2


def test_an_answer_with_rounds_is_begun_over_from_its_beginning_or_its_end(scene):
    scene = scene().add_gauge(tools=AUTO)
    with scene.running() as chat:
        text = calling(call("gauge__note", "a"))
        user = chat.say(text)
        answer = chat.last_answer(user)
        assert chat.ask("retry", message_id=user["id"])["code"] == "conflict"
        # The last message anew: nothing is called again.
        last = chat.until_redone("regenerate", answer)
        assert (last["parent"], len(scene.calls())) == (answer["parent"], 1)
        path = [entry["id"] for entry in chat.path()]
        assert last["id"] in path and answer["id"] not in path
        # The whole answer anew, by the user's message: another round stands on the path.
        scene.claude.order("reset")
        begun = chat.ask("regenerate", message_id=user["id"])["messages"][0]
        whole = chat.last_answer(user)
        path = chat.path()
    assert begun["id"] in [entry["id"] for entry in path] and begun["stop_reason"] is None
    kinds = [entry["type"] for entry in path if entry["type"] != "Rollup"]
    assert kinds == ["Message", "Message", "ToolRound", "Message"]
    assert (path[-1]["id"], whole["status"]) == (whole["id"], "complete")
    assert scene.calls() == [["gauge", "note", "a"]] * 2


def test_an_answer_that_broke_off_behind_a_round_is_retried_there(scene):
    scene = scene().add_gauge()
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__note", "a"), then="cut-mid-event,normal"))
        broken = chat.last_answer(user)
        assert broken["status"] == "interrupted"
        chat.run.kill()
    with scene.running() as chat:
        answer = chat.until_redone("retry", user)
        assert answer["parent"] == broken["parent"] == chat.round(user)["id"]
    assert (answer["status"], scene.calls()) == ("complete", [["gauge", "note", "a"]])
    assert "Results: noted a." in answer["content"]
    assert len(scene.claude.told()) == 3
