"""What is wrong with what was found after a crash: pure, so that planted faults can test it.

The contract's §3 says what a thread looks like; the names of the faults are in `faults`.
"""

from collections import Counter, defaultdict

from history import ASSISTANT, USER, Fault, asks_for_calls, is_persons

OUTCOMES = {"replied", "declined", "failed", "timed_out", "crashed", "skipped"}
# What is kept of an answer lags behind what was shown by less than this much.
KEPT_BYTES = 2048
# A second by chatd's clock; one more because a client may see it late on a busy machine.
KEPT_SECONDS = 2.0


class Log:
    """What was found, by what belongs together."""

    def __init__(self, found):
        self.entries = found.entries
        self.messages = [e for e in found.entries.values() if e["type"] == "Message"]
        self.rollups = defaultdict(list)
        for entry in found.entries.values():
            if entry["type"] == "Rollup":
                self.rollups[entry["original_message_id"]].append(entry)
        self.rounds = [
            e for e in found.entries.values() if e["type"] == "ToolRound" and not is_persons(e)]
        # By the user's message: answers, each by its last message; and the ones before that, each
        # of which asked for calls and was gone on behind.
        self.answers = defaultdict(list)
        self.inner = defaultdict(list)
        passed = {r["parent"] for r in self.rounds} | {
            m["parent"] for m in self.messages if m["role"] == ASSISTANT}
        for message in self.messages:
            if message["role"] == ASSISTANT:
                is_inner = asks_for_calls(message) and message["id"] in passed
                kind = self.inner if is_inner else self.answers
                kind[self.asked_by(message)].append(message)

    def asked_by(self, answer):
        """The user's message that an answer is for."""
        before = self.entries.get(answer["parent"], {})
        while before.get("type") == "ToolRound" or before.get("role") == ASSISTANT:
            before = self.entries.get(before["parent"], {})
        if before.get("type") == "Rollup":
            return before["original_message_id"]
        return before.get("id")

    def is_inner(self, message):
        """Whether an answer goes on behind a message of it."""
        return any(message is other for other in self.inner.get(self.asked_by(message), ()))

    def path(self, thread):
        """The entries from a thread's head to its first one; broken off where there is a cycle."""
        path, seen, place = [], set(), thread["head"]
        while place in self.entries and place not in seen:
            seen.add(place)
            path.append(self.entries[place])
            place = self.entries[place]["parent"]
        return path, place


def faults(known, found):
    """Everything that is wrong, sorted."""
    log = Log(found)
    every = [
        *sent_faults(known, found), *order_faults(known, found, log),
        *path_faults(known, found, log),
        *turn_faults(known, log), *rollup_faults(known, log), *ask_faults(known),
        *call_faults(known, log), *tool_faults(known, log),
        *speech_faults(known, found), *number_faults(found),
    ]  # fmt: skip
    return sorted(every)


def sent_faults(known, found):
    """`lost`, `changed`, `renamed`, `doubled`, `invented`, `refused but kept`."""
    first = {}
    for receipt in known.receipts:
        sent, there = receipt.sent, found.entries.get(receipt.id)
        key = (sent.thread, sent.client_msg_id)
        if first.setdefault(key, receipt.id) != receipt.id:
            yield Fault("renamed", f"{key} was {first[key]} and later {receipt.id}")
        if there is None:
            yield Fault("lost", f"{sent.client_msg_id} was acknowledged as {receipt.id}")
        elif not sent.content == receipt.content == there["content"] or not (
            sent.thread == receipt.thread == there["thread"]
        ):
            yield Fault("changed", f"{sent.client_msg_id}, {receipt.id}")
    refused = {sent.content for sent in known.refused}
    contents = Counter(
        e["content"] for e in found.entries.values()
        if e["type"] == "Message" and e["role"] == USER
    )  # fmt: skip
    for content, count in contents.items():
        if content not in known.sent:
            yield Fault("invented", f"nobody sent {content[:60]!r}")
        if content in refused:
            yield Fault("refused but kept", f"{content[:60]!r}")
        if count > 1:
            yield Fault("doubled", f"{count} times {content[:60]!r}")


def order_faults(known, found, log):
    """`out of order`: within a lane and thread, messages stand as they were acknowledged."""
    places = {}
    for thread in found.threads.values():
        path, _ = log.path(thread)
        places |= {entry["id"]: -index for index, entry in enumerate(path)}
    last = {}
    seen = set()
    for receipt in known.receipts:
        place = places.get(receipt.id)
        if place is None or receipt.id in seen:
            continue
        seen.add(receipt.id)
        line = (receipt.sent.lane, receipt.sent.thread)
        before = last.get(line)
        if before and before[0] > place:
            yield Fault("out of order", f"{receipt.id} stands before {before[1]} of {line}")
        last[line] = (place, receipt.id)


def path_faults(known, found, log):
    """`no path`: parents of a thread are one line from its head to its first entry.

    Beside it may stand what is `set_aside`.
    """
    beside = set_aside(known, log)
    for thread in found.threads.values():
        path, end = log.path(thread)
        if end is not None:
            yield Fault("no path", f"thread {thread['id']}: its path ends at {end}")
        on_path = {entry["id"] for entry in path}
        for entry in log.entries.values():
            is_here = entry["thread"] == thread["id"] and entry.get("status") != "queued"
            if is_here and entry["id"] not in on_path | beside:
                yield Fault("no path", f"{entry['id']} is not on that of {thread['id']}")
            if entry["thread"] != thread["id"] and entry["id"] in on_path:
                yield Fault("no path", f"{entry['id']} is on that of {thread['id']}, not its own")


def set_aside(known, log):
    """The answers to messages of which another answer was asked for, and what was said to them."""
    said = {
        message["id"] for name in known.revised for message in log.answers[name] + log.inner[name]}
    rounds = {entry["id"] for entry in log.rounds if entry["parent"] in said}
    return said | rounds | {rollup["id"] for name in said for rollup in log.rollups[name]}


def turn_faults(known, log):
    """`queued`, `streaming`, `unanswered`, `answered twice`: every turn has ended, once."""
    for message in log.messages:
        name = message["id"]
        if message["status"] in ("queued", "streaming"):
            yield Fault(message["status"], name)
        elif message["role"] == USER:
            count = len(log.answers[name])
            if count == 0 and known.assistant:
                yield Fault("unanswered", name)
            if count > 1 + known.revised.get(name, 0) or (count and not known.assistant):
                yield Fault("answered twice", f"{name}, {count} times")
        elif message["status"] not in ("complete", "interrupted"):
            yield Fault("no answer", f"{name} is {message['status']}: {message['error']}")


def rollup_faults(known, log):
    """`unheard`, `heard twice`, `not asked`, `asked besides`, `no outcome`, `asked unmarked`."""
    last_attempt = {(ask.message, ask.child): ask.attempt for ask in known.asks}
    for message in log.messages:
        expected = [] if log.is_inner(message) else hearers(known, message)
        rollups = log.rollups[message["id"]]
        if expected and not rollups and message["status"] != "queued":
            yield Fault("unheard", message["id"])
        if len(rollups) > 1:
            yield Fault("heard twice", message["id"])
        for rollup in rollups:
            if rollup["parent"] != message["id"]:
                yield Fault("no path", f"{rollup['id']} does not follow its message")
            yield from outcome_faults(rollup, expected, last_attempt)


def hearers(known, message):
    """The names of the children that have to be asked about a message, in order."""
    if not message["content"].strip():
        return []
    sent = known.sent.get(message["content"])
    if message["role"] == USER and sent and sent.to:
        return sorted(sent.to)
    return sorted(known.children[message["role"]])


def outcome_faults(rollup, expected, last_attempt):
    """What is wrong with the outcomes of one rollup."""
    responses = rollup["child_responses"]
    names = [response["child_id"] for response in responses]
    about = rollup["original_message_id"]
    for name in sorted(set(expected) - set(names)):
        yield Fault("not asked", f"{name} about {about}")
    for name in sorted(set(names) - set(expected)):
        yield Fault("asked besides", f"{name} about {about}")
    if names != sorted(set(names)):
        yield Fault("no outcome", f"the outcomes about {about} are of {names}")
    for response in responses:
        name = response["child_id"]
        if response["status"] not in OUTCOMES:
            yield Fault("no outcome", f"{name} about {about}: {response['status']}")
        told = (response["data"] or {}).get("attempt", response["attempt"])
        if told != response["attempt"]:
            yield Fault("asked unmarked", f"{name} about {about}: {told} and not as its outcome")
        if response["attempt"] < last_attempt.get((about, name), 1):
            yield Fault("asked unmarked", f"{name} about {about}: its outcome is an earlier one")


def ask_faults(known):
    """`asked unmarked`: a child that is asked again about a message is told how often it was."""
    last = {}
    for ask in known.asks:
        before = last.get((ask.message, ask.child), 0)
        if ask.attempt <= before:
            yield Fault(
                "asked unmarked", f"{ask.child} about {ask.message}: {ask.attempt} after {before}")
        last[ask.message, ask.child] = ask.attempt


def call_faults(known, log):
    """`paid twice`, `paid without a trace`, `not paid`: a call for each answer, no more."""
    if known.calls is None:
        return
    calls = Counter(known.calls)
    for message in log.messages:
        sent = known.sent.get(message["content"]) if message["role"] == USER else None
        if not sent:
            continue
        # Each message of an answer was asked for once.
        answers = log.answers[message["id"]] + log.inner[message["id"]]
        count = calls.pop(sent.client_msg_id, 0)
        asked_for = (
            1 + known.revised.get(message["id"], 0) + len(log.inner[message["id"]]))
        if count > (max(len(answers), asked_for) if answers else 0):
            name = "paid twice" if answers else "paid without a trace"
            yield Fault(name, f"{sent.client_msg_id}: {count} calls, {len(answers)} answers")
        if count < sum(answer["content"] != "" for answer in answers):
            yield Fault("not paid", f"{sent.client_msg_id}: {count} calls")
    for name in calls:
        yield Fault("paid without a trace", name)


def tool_faults(known, log):
    """`open`, `called twice`, `not called`: a call reaches its child once, and never again."""
    reached = Counter(known.tools)
    wanted, done = Counter(), Counter()
    for tool_round in log.rounds:
        for call in tool_round["calls"]:
            mark = call["arguments"].get("mark")
            wanted[mark] += 1
            done[mark] += call["status"] == "done"
            if call["status"] in ("waiting", "running"):
                yield Fault("open", f"{call['call_id']} is {call['status']}")
    for mark, count in reached.items():
        if count > wanted[mark]:
            yield Fault("called twice", f"{mark}: {count} times, wanted {wanted[mark]} times")
    for mark, count in done.items():
        if count > reached[mark]:
            yield Fault("not called", f"{mark}: {reached[mark]} times, done {count} times")


def speech_faults(known, found):
    """`shortened`, `other text`: of an answer in flight is kept what somebody had seen of it."""
    for name, pieces in known.speeches.items():
        kept = found.entries.get(name)
        seen = "".join(piece.text for piece in pieces)
        if kept is None:
            yield Fault("lost", f"answer {name}, of which somebody saw {len(seen)} characters")
        elif not (kept["content"].startswith(seen) or seen.startswith(kept["content"])):
            yield Fault("other text", name)
        elif why := too_short(pieces, len(kept["content"])):
            yield Fault("shortened", f"{name}: {why}")


def too_short(pieces, kept_count):
    """Why more of an answer should have been kept than so many characters; None: it need not.

    chatd shows no piece before it has put on disk what was due at the one before: so what is lost
    is judged without its last piece, and however long the disk took, that is no excuse.
    """
    lost, count = [], 0
    for piece in pieces:
        count += len(piece.text)
        if count > kept_count:
            lost.append(piece)
    due = lost[:-1]
    byte_count = sum(len(piece.text.encode()) for piece in due)
    if byte_count >= KEPT_BYTES:
        return f"{byte_count} bytes that were shown are gone"
    if due and due[-1].at - due[0].at > KEPT_SECONDS:
        return f"what was shown for {due[-1].at - due[0].at:.1f} s is gone"
    return None


def number_faults(found):
    """`seq`: each entry and thread has a number of its own, and none is beyond the log's."""
    numbers = Counter(thing["seq"] for things in (found.entries, found.threads)
                      for thing in things.values())  # fmt: skip
    for number, count in numbers.items():
        if count > 1 or not 0 < number <= found.seq:
            yield Fault("seq", f"{number} is borne {count} times; the log is at {found.seq}")
