"""What the checker and a client make of answers that call tools, well and spoiled."""

import pytest
from test_checker import CHILDREN, Client, History, frame, message, rollup

INNER = {"role": "assistant", "stop_reason": "tool_use"}


def tool_round(name, parent, *statuses, mark="m2"):
    """A round of calls that have come this far."""
    calls = [{"call_id": f"{name}-{at}", "status": status, "arguments": {"mark": mark}}
             for at, status in enumerate(statuses)]  # fmt: skip
    return {"type": "ToolRound", "id": name, "parent": parent, "thread": "main",
            "original_message_id": "u2", "calls": calls}  # fmt: skip


class Called(History):
    """The second answer has come in two messages, with two calls between them."""

    def __init__(self):
        super().__init__()
        number = self.found.seq
        for entry in (
            message("i2", "r2", "let me see", **INNER), tool_round("t2", "i2", "done", "failed"),
        ):  # fmt: skip
            number += 1
            self.entries[entry["id"]] = entry | {"seq": number}
        self.found.seq = number
        self.entries["a2"]["parent"] = "t2"
        self.known.calls.append("m2")
        self.known.tools = ["m2"]

    def call(self, at):
        """One of the calls."""
        return self.entries["t2"]["calls"][at]


def call_again(h):
    h.known.tools += ["m2", "m2"]


def call_nobody(h):
    h.known.tools.clear()


def call_besides(h):
    h.known.tools.append("m9")


def leave_running(h):
    h.call(1)["status"] = "running"


def leave_waiting(h):
    h.call(1)["status"] = "waiting"


def hear_inner(h):
    h.found.seq += 1
    h.entries["s9"] = rollup("s9", "i2", ["slow"]) | {"seq": h.found.seq}


def ask_once_more(h):
    h.known.calls.append("m2")


def ask_less(h):
    h.known.calls.remove("m2")


def end_with_calls(h):
    h.cut("a2", "s2")
    h.found.threads["main"]["head"] = "t2"


def break_inner(h):
    h.entries["i2"]["status"] = "failed"


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (call_again, "called twice"), (call_besides, "called twice"), (call_nobody, "not called"),
        (leave_running, "open"), (leave_waiting, "open"), (hear_inner, "asked besides"),
        (ask_once_more, "paid twice"), (ask_less, "not paid"), (end_with_calls, "unanswered"),
        (break_inner, "no answer"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_named(spoil, name):
    history = Called()
    assert history.names() == set()
    spoil(history)
    assert name in history.names()


def test_what_may_be_is_no_fault():
    history = Called()
    # chatd was killed before it had called anything, and the answer goes on.
    history.cut("t2")
    history.known.tools.clear()
    assert history.names() == set()
    # The answer that calls was begun over, and calls again.
    history = Called()
    history.known.revised["u2"] = 1
    history.known.calls += ["m2", "m2"]
    history.known.tools.append("m2")
    for entry in (
        message("i3", "t2", "once more", **INNER), tool_round("t3", "i3", "done"),
        message("a3", "t3", "better", "assistant"), rollup("s3", "a3", ["slow"]),
    ):  # fmt: skip
        history.add(entry)
    assert history.names() == set()


def test_a_client_waits_for_the_last_message_of_an_answer():
    client = Client()
    steps = [
        message("u1", None, "one"), rollup("r1", "u1", CHILDREN["user"]),
        message("i1", "r1", "let me see", **INNER), tool_round("t1", "i1", "running"),
        tool_round("t1", "i1", "done"), message("a1", "t1", "", "assistant", status="streaming"),
        message("a1", "t1", "42", "assistant"), rollup("s1", "a1", ["slow"]),
    ]  # fmt: skip
    for number, entry in enumerate(steps):
        assert not client.is_at_rest(CHILDREN, True) or number == 0
        client.take(frame(5 + number, entry), 0)
    assert client.is_at_rest(CHILDREN, True)
    # A person's own call is waited for by nobody.
    call = tool_round("t2", "s1", "running")
    call["calls"][0]["call_id"] = "t2"
    client.take(frame(13, call), 0)
    assert client.is_at_rest(CHILDREN, True)
