"""What was sent is sent again as it was: from the second request on, all but what is new is read
from the server's cache of prompts."""

import sys
from itertools import takewhile

import pytest
from daemon import ROOT
from scene import call, calling

sys.path.append(str(ROOT / "Tests" / "Support"))

from messages_api.cache import Prompt  # noqa: E402


def shared(prompt, other):
    """The tokens that two prompts begin with, both the same."""
    pairs = zip(prompt.digests, other.digests)
    count = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return prompt.tokens_until(count - 1) if count else 0


def reads(scene, chat):
    """For each request: the tokens that were read, and those that might have been."""
    answers = [e for e in chat.entries.values() if e.get("role") == "assistant"]
    answers.sort(key=lambda answer: answer["id"])
    requests = scene.claude.told()
    assert len(requests) == len(answers)
    prompts = [Prompt(request["body"]) for request in requests]
    for at, (answer, prompt) in enumerate(zip(answers, prompts)):
        best = max((shared(prompt, other) for other in prompts[:at]), default=0)
        usage = answer["usage"]
        total = sum(
            usage[f"{kind}input_tokens"] for kind in ("", "cache_creation_", "cache_read_"))
        assert total == prompt.tokens
        yield usage["cache_read_input_tokens"], best, total


def talk(scene, chat):
    """Turns with rounds of calls, a late reply, a message that is written anew, another answer."""
    first = chat.say("held by a gate")
    answer = chat.last_answer(first)
    two = f"tools?calls={call('gauge__note', 'b')}+{call('gauge__wrong', 'c')},normal"
    chat.last_answer(chat.say(calling(call("gauge__note", "a"), then=two)))
    scene.held()[1].close()
    chat.until(lambda: any(
        response["late"] for entry in chat.entries.values() if entry["type"] == "Rollup"
        for response in entry["child_responses"]))  # fmt: skip
    chat.last_answer(chat.say("something else"))
    edited = chat.say(calling(call("gauge__note", "d")), parent=answer["id"])
    last = chat.last_answer(edited)
    chat.last_answer(chat.say("and on"))
    return last


def make(scene):
    """A child with tools, and one whose replies come late."""
    return scene().add_gauge().add_gauge("late", messages="wait = false")


def test_all_but_what_is_new_is_read_from_the_cache(scene):
    scene = make(scene)
    with scene.running() as chat:
        talk(scene, chat)
        found = list(reads(scene, chat))
        text = str(scene.claude.told())
    assert "I have heard that" in text, "no late reply was sent"
    assert len(found) == 8 and found[0][0] == 0
    for read, best, total in found[1:]:
        assert 0 < read == best < total


def test_over_a_restart_it_is_read_as_well(scene):
    scene = make(scene)
    with scene.running() as chat:
        talk(scene, chat)
    with scene.running() as chat:
        chat.last_answer(chat.say("and on, later"))
        read, best, _ = list(reads(scene, chat))[-1]
    assert 0 < read == best


@pytest.mark.parametrize("change", ["system", "tools"])
def test_what_differs_early_is_noticed(scene, change):
    scene = make(scene)
    with scene.running() as chat:
        talk(scene, chat)
        before = list(reads(scene, chat))[-1]
        if change == "system":
            chat.ask("update_thread", id="main", system="Be brief.")
        else:
            (scene.folder / "tools").write_text("note gate wrong more")
            chat.ask("restart_child", actor_id="gauge")
            chat.until(chat.are_children_ready)
        chat.last_answer(chat.say("what now"))
        chat.last_answer(chat.say("and then"))
        *_, other, after = reads(scene, chat)
    # The new beginning is read by the next request only.
    assert before[0] == before[1] > 0
    assert other[0] == 0 < other[2]
    assert after[0] == after[1] > 0
