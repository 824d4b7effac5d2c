"""The checker names every fault there is to find, and none where there is none."""

import copy

import pytest
from checker import faults
from history import Ask, Found, Known, Piece, Receipt, Sent
from state import OutOfStep, State, differences

CHILDREN = {"user": ["echo", "slow"], "assistant": ["slow"]}


def message(name, parent, content, role="user", **changes):
    """A message of `main`."""
    return {"type": "Message", "id": name, "parent": parent, "thread": "main", "role": role,
            "content": content, "status": "complete", "error": None, **changes}  # fmt: skip


def rollup(name, parent, children):
    """A rollup of the children named."""
    responses = [{"child_id": child, "status": "replied", "attempt": 1, "data": None}
                 for child in children]  # fmt: skip
    return {"type": "Rollup", "id": name, "parent": parent, "thread": "main",
            "original_message_id": parent, "child_responses": responses}  # fmt: skip


class History:
    """Two turns that went well, to be spoiled."""

    def __init__(self):
        turns = [
            message("u1", None, "one"), rollup("r1", "u1", ["echo", "slow"]),
            message("a1", "r1", "answer one", "assistant"), rollup("s1", "a1", ["slow"]),
            message("u2", "s1", "two"), rollup("r2", "u2", ["echo", "slow"]),
            message("a2", "r2", "answer two", "assistant"), rollup("s2", "a2", ["slow"]),
        ]  # fmt: skip
        entries = {entry["id"]: entry | {"seq": at + 2} for at, entry in enumerate(turns)}
        main = {"id": "main", "head": "s2", "seq": 1, "last_seq": len(turns) + 1}
        self.found = Found({"main": main}, entries, len(turns) + 1)
        sent = [Sent("lane", "main", f"m{at}", text) for at, text in ((1, "one"), (2, "two"))]
        self.known = Known(CHILDREN, sent={one.content: one for one in sent}, calls=["m1", "m2"])
        self.known.receipts = [
            Receipt(one, name, one.content, "main") for one, name in zip(sent, ("u1", "u2"))]
        self.known.asks = [Ask("u1", "slow", 1), Ask("u2", "slow", 1)]

    @property
    def entries(self):
        """What is there, by identifier."""
        return self.found.entries

    def responses(self, name):
        """The outcomes of a rollup."""
        return self.entries[name]["child_responses"]

    def cut(self, *names):
        """Takes entries out; what followed them follows what they followed."""
        for name in names:
            parent = self.entries.pop(name)["parent"]
            for entry in self.entries.values():
                if entry["parent"] == name:
                    entry["parent"] = parent
            if self.found.threads["main"]["head"] == name:
                self.found.threads["main"]["head"] = parent

    def add(self, entry):
        """Puts an entry at the head."""
        self.found.seq += 1
        self.entries[entry["id"]] = entry | {"seq": self.found.seq}
        self.found.threads["main"]["head"] = entry["id"]

    def names(self):
        """The names of the faults that are found."""
        return {fault.name for fault in faults(self.known, self.found)}


def lose(h):
    h.cut("u2", "r2", "a2", "s2")
    h.known.calls.pop()


def change_thread(h):
    h.known.receipts[0] = Receipt(h.known.receipts[0].sent, "u1", "one", "other")


def rename(h):
    h.known.receipts.append(Receipt(h.known.receipts[0].sent, "u2", "one", "main"))


def double(h):
    h.add(message("u3", "s2", "two"))
    h.add(rollup("r3", "u3", ["echo", "slow"]))
    h.add(message("a3", "r3", "again", "assistant"))
    h.add(rollup("s3", "a3", ["slow"]))


def swap(h):
    h.known.receipts.reverse()


def refuse(h):
    h.known.refused.append(h.known.receipts[1].sent)


def invent(h):
    del h.known.sent["two"]
    h.known.receipts.pop()
    h.known.calls.pop()


def break_path(h):
    h.entries["a2"]["parent"] = "gone"


def go_in_circles(h):
    h.entries["u1"]["parent"] = "s2"


def fork(h):
    h.entries["x"] = rollup("x", "u1", ["echo", "slow"]) | {
        "seq": 11, "original_message_id": "u9"}  # fmt: skip
    h.found.seq = 11


def stray_thread(h):
    h.entries["r1"]["thread"] = "other"


def leave(status, name="a2"):
    def spoil(h):
        h.entries[name]["status"] = status
    return spoil


def unanswer(h):
    h.cut("a2", "s2")
    h.known.calls.pop()


def answer_twice(h):
    h.add(message("a3", "r2", "more", "assistant"))
    h.add(rollup("s3", "a3", ["slow"]))
    h.entries["a3"]["parent"] = "r2"


def hear_twice(h):
    h.add(rollup("r9", "s2", ["slow"]) | {"original_message_id": "a2"})


def forget_child(h):
    del h.responses("r2")[0]


def ask_besides(h):
    h.responses("s2").insert(0, h.responses("r2")[0])


def ask_without_name(h):
    h.known.sent["two"] = Sent("lane", "main", "m2", "two", ("echo",))
    h.known.receipts[1] = Receipt(h.known.sent["two"], "u2", "two", "main")


def mix_outcomes(h):
    h.responses("r2").reverse()


def leave_waiting(h):
    h.responses("r2")[0]["status"] = "waiting"


def ask_again(h):
    h.known.asks.append(Ask("u1", "slow", 1))


def ask_a_third_time_as_the_second(h):
    h.known.asks += [Ask("u1", "slow", 2), Ask("u1", "slow", 2)]
    h.responses("r1")[1]["attempt"] = 2


def keep_first_attempt(h):
    h.known.asks.append(Ask("u1", "slow", 2))


def mark_wrongly(h):
    h.responses("r1")[0]["data"] = {"attempt": 2}


def pay_twice(h):
    h.known.calls.append("m2")


def pay_for_nothing(h):
    h.cut("a2", "s2")


def pay_for_a_stranger(h):
    h.known.calls.append("m3")


def not_pay(h):
    h.known.calls.pop()


def speak(*pieces):
    def spoil(h):
        h.known.speeches["a2"] = [Piece(at, text) for at, text in pieces]
    return spoil


def lose_answer(h):
    h.known.speeches["a9"] = [Piece(0, "seen")]


def repeat_number(h):
    h.entries["s2"]["seq"] = 3


def outrun_log(h):
    h.found.seq = 4


FAULTS = [
    (lose, "lost"), (lose_answer, "lost"), (change_thread, "changed"), (rename, "renamed"),
    (double, "doubled"), (swap, "out of order"), (refuse, "refused but kept"),
    (invent, "invented"), (break_path, "no path"), (go_in_circles, "no path"),
    (fork, "no path"), (stray_thread, "no path"), (leave("streaming"), "streaming"),
    (leave("queued", "u2"), "queued"), (leave("failed"), "no answer"), (unanswer, "unanswered"),
    (answer_twice, "answered twice"), (lambda h: h.cut("r2"), "unheard"),
    (lambda h: h.cut("s2"), "unheard"), (hear_twice, "heard twice"), (forget_child, "not asked"),
    (ask_besides, "asked besides"), (ask_without_name, "asked besides"),
    (mix_outcomes, "no outcome"), (leave_waiting, "no outcome"), (ask_again, "asked unmarked"),
    (ask_a_third_time_as_the_second, "asked unmarked"),
    (keep_first_attempt, "asked unmarked"), (mark_wrongly, "asked unmarked"),
    (pay_twice, "paid twice"), (pay_for_nothing, "paid without a trace"),
    (pay_for_a_stranger, "paid without a trace"), (not_pay, "not paid"),
    (speak((0, "answer two"), (0.1, "x" * 2048), (0.2, "y")), "shortened"),
    (speak((0, "answer two"), (1, " a"), (2, " b"), (3.1, " c"), (3.2, " d")), "shortened"),
    (speak((0, "another")), "other text"), (repeat_number, "seq"), (outrun_log, "seq"),
]  # fmt: skip


def test_a_history_without_fault_has_none():
    assert History().names() == set()


@pytest.mark.parametrize(("spoil", "name"), FAULTS)
def test_a_planted_fault_is_named(spoil, name):
    history = History()
    spoil(history)
    assert name in history.names()


def test_other_content_is_told():
    history = History()
    history.entries["u1"]["content"] = "onE"
    assert {"changed", "invented"} <= history.names()


def test_what_may_be_is_no_fault():
    history = History()
    # An answer that chatd broke off, of which the last second was shown and not kept.
    history.entries["a2"] |= {"status": "interrupted"}
    history.known.speeches["a2"] = [Piece(0, "answer"), Piece(1, " two"), Piece(1.5, " and more")]
    # One that had no word yet is not heard by anybody, whether it was called for or not.
    history.entries["a1"] |= {"status": "interrupted", "content": ""}
    history.cut("s1")
    history.known.calls.remove("m1")
    # A message acknowledged twice, as the same one; a child asked again, and told so.
    history.known.receipts.append(history.known.receipts[0])
    history.known.asks.append(Ask("u1", "slow", 2))
    history.responses("r1")[1]["attempt"] = 2
    assert history.names() == set()


def test_another_answer_stands_beside_the_first_if_somebody_asked_for_it():
    history = History()
    answer_twice(history)
    history.known.calls.append("m2")
    assert {"answered twice", "no path"} <= history.names()
    history.known.revised["u2"] = 1
    assert history.names() == set()
    history.known.calls.append("m2")
    assert history.names() == {"paid twice"}


def frame(prev_seq, entry):
    """A live change."""
    return {"type": "message_update", "prev_seq": prev_seq, "seq": prev_seq + 1,
            "messages": [entry | {"seq": prev_seq + 1}]}  # fmt: skip


def delta(offset, text):
    """A piece of an answer."""
    return {"type": "message_delta", "message_id": "a1", "offset": offset, "text": text}


class Client(State):
    """A client that has come to number 5."""

    def __init__(self):
        super().__init__()
        self.seq = 5
        self.begin({"epoch": "e", "resumed": True, "seq": 5, "streaming": []}, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda client: client.take(frame(6, message("u1", None, "one")), 0),
        lambda client: client.take(frame(4, message("u1", None, "one")), 0),
        lambda client: client.take(delta(1, "late"), 0),
        lambda client: [client.take(delta(0, "🙂"), 0), client.take(delta(1, "!"), 0)],
        lambda client: client.begin(
            {"epoch": "other", "resumed": True, "seq": 5, "streaming": []}, 0),
        lambda client: client.begin({"epoch": "e", "resumed": False, "seq": 4}, 0),
    ],
)  # fmt: skip
def test_a_client_notices_what_it_has_missed(spoil):
    client = Client()
    with pytest.raises(OutOfStep):
        spoil(client)


def test_a_client_follows_what_fits():
    client = Client()
    client.take(frame(5, message("u1", None, "one")), 0)
    assert not client.is_at_rest(CHILDREN, True)
    client.take(frame(6, rollup("r1", "u1", ["echo", "slow"])), 0)
    assert client.is_at_rest(CHILDREN, False) and not Client().unended
    client.take(frame(7, message("a1", "r1", "", "assistant", status="streaming")), 0)
    client.take(delta(0, "🙂"), 0)
    client.take(delta(2, "!"), 0)
    assert [piece.text for piece in client.speeches["a1"]] == ["🙂", "!"]
    assert not client.is_at_rest(CHILDREN, True)
    client.take(frame(8, message("a1", "r1", "🙂!", "assistant")), 0)
    assert not client.is_at_rest(CHILDREN, True) and not client.speeches
    client.take(frame(9, rollup("s1", "a1", ["slow"])), 0)
    assert client.is_at_rest(CHILDREN, True)


def test_a_state_that_is_not_what_is_shown_is_told():
    history = History()
    client = Client()
    client.entries, client.threads = copy.deepcopy((history.entries, history.found.threads))
    assert list(differences(client, history.found)) == []
    client.entries["u1"]["content"] = "other"
    del client.entries["u2"]
    client.threads["main"]["title"] = "other"
    assert len(list(differences(client, history.found))) == 3
    client.entries["a3"] = message("a3", "r2", "another", "assistant")
    assert len(list(differences(client, history.found, {"a3"}))) == 3
    assert len(list(differences(client, history.found))) == 4


def test_where_a_thread_has_got_to_is_kept_by_its_entries_alone():
    history = History()
    client = Client()
    client.seq = 1
    client.threads["main"] = history.found.threads["main"] | {"last_seq": None}
    *entries, last = history.entries.values()
    for at, entry in enumerate(entries):
        client.take(frame(at + 1, entry), 0)
    assert len(list(differences(client, history.found))) == 2
    client.take(frame(len(entries) + 1, last), 0)
    assert list(differences(client, history.found)) == []
