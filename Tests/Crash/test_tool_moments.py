"""chatd ends at every moment of a call: what a child has got once it never gets again."""

import pytest
from scene import ASK, AUTO, call, calling

MOMENTS = ["at once", "answered", "reached", "done"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_around_a_decision_makes_no_call_twice(scene, moment):
    scene = scene().add_gauge(tools=ASK)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__gate", "a")))
        [waiting] = chat.calls_when(user, "waiting")
        decision = {"call_id": waiting["call_id"], "decision": "allow"}
        mark = chat.send("approve_tool", **decision)
        if moment != "at once":
            chat.answer(mark)
        if moment in ("reached", "done"):
            _, place = scene.held()
        if moment == "done":
            place.close()
            chat.calls_when(user, "done")
    with scene.running() as chat:
        found = chat.until(
            lambda: (known := chat.round(user)["calls"][0])["status"] != "running" and known)
        if found["status"] == "waiting":
            # The word had not come to the disk: only then it is asked for again.
            assert moment == "at once" and scene.calls() == []
            assert chat.ask("approve_tool", **decision)["type"] == "message_update"
            scene.held()[1].close()
        # A request that was under way at the kill is not sent again by itself.
        answer = chat.last_answer(user)
        if answer["status"] == "interrupted":
            answer = chat.until_redone("retry", answer)
        [ended] = chat.round(user, is_over=True)["calls"]
    assert answer["status"] == "complete"
    count = len(scene.calls())
    if ended["status"] == "failed":
        assert moment != "done" and count <= 1
        assert ended["reason"] == "chatd ended while it ran"
    else:
        assert moment in ("at once", "done") and (ended["status"], count) == ("done", 1)
    assert moment != "reached" or count == 1


def test_a_call_that_runs_when_chatd_is_told_to_end_is_not_made_again(scene):
    scene = scene().add_gauge(tools=AUTO)
    with scene.running() as chat:
        user = chat.say(calling(call("gauge__gate", "a")))
        scene.held()
        assert chat.run.stop() == 0
    with scene.running() as chat:
        answer = chat.last_answer(user)
        [ended] = chat.round(user)["calls"]
    assert ended["status"] == "failed" and ended["reason"]
    assert answer["status"] in ("complete", "interrupted")
    assert scene.calls() == [["gauge", "gate", "a"]]
