"""What a client knows of the log, kept up by what chatd sends: the contract's §5."""

from history import ASSISTANT, USER, Piece, asks_for_calls, is_persons


class OutOfStep(AssertionError):
    """What came does not follow what there was."""


def units(text):
    """UTF-16 code units, by which offsets count."""
    return len(text.encode("utf-16-le")) // 2


class State:
    """Entries and threads as they are after change number `seq`; and answers in flight.

    The heads of threads are not kept: they change without a number.
    """

    def __init__(self, other=None):
        self.epoch = other.epoch if other else None
        self.seq = other.seq if other else 0
        self.entries = dict(other.entries) if other else {}
        self.threads = dict(other.threads) if other else {}
        self.speeches = {}
        self._goal = 0  # what is replayed goes up to here
        # Rollups by their message; what is followed by an answer that has ended; what an answer
        # goes on behind; messages and rounds of calls to be looked at.
        self._rollups = dict(other._rollups) if other else {}
        self._answered = set(other._answered) if other else set()
        self._passed = set(other._passed) if other else set()
        self._open = set(other._open) if other else set()

    def begin(self, answer, at):
        """Takes the answer to `subscribe`, which has to go on from here; what was missed follows.

        Where nothing was known yet, that is number 0: the log is replayed from its start.
        """
        if self.epoch not in (None, answer["epoch"]):
            raise OutOfStep(f"the log is {answer['epoch']} and was {self.epoch}")
        if not answer["resumed"]:
            raise OutOfStep(f"number {self.seq} is not in the log, which is at {answer['seq']}")
        self.epoch = answer["epoch"]
        self._goal = answer["seq"]
        self.speeches = {
            item["message_id"]: [Piece(at, item["text"])] for item in answer["streaming"]
        }

    def take(self, frame, at):
        """Takes something that came, at a time in seconds; answers to commands are left out."""
        if frame["type"] == "message_delta":
            self._take_delta(frame, at)
        if "prev_seq" not in frame:
            return
        if frame["prev_seq"] != self.seq or frame["seq"] <= self.seq:
            raise OutOfStep(f"{frame['prev_seq']} to {frame['seq']} came after {self.seq}")
        self.seq = frame["seq"]
        for thread in frame.get("threads", []):
            self.threads[thread["id"]] = thread
        for entry in frame.get("messages", []):
            self._take_entry(entry)

    def _take_delta(self, frame, at):
        pieces = self.speeches.setdefault(frame["message_id"], [])
        length = sum(units(piece.text) for piece in pieces)
        if frame["offset"] != length:
            raise OutOfStep(f"a delta at {frame['offset']} came after {length} code units")
        pieces.append(Piece(at, frame["text"]))

    def _take_entry(self, entry):
        self.entries[entry["id"]] = entry
        self._advance(entry["thread"], entry["seq"])
        if entry["type"] == "Rollup":
            self._rollups[entry["original_message_id"]] = entry["id"]
        if entry["type"] == "ToolRound" and not is_persons(entry):
            self._passed.add(entry["parent"])
            self._open.add(entry["id"])
        if entry["type"] != "Message":
            return
        self._open.add(entry["id"])
        if entry["role"] == ASSISTANT:
            self._passed.add(entry["parent"])
        if entry["role"] == ASSISTANT and entry["status"] != "streaming":
            self.speeches.pop(entry["id"], None)
            self._answered.add(entry["parent"])

    def _advance(self, name, seq):
        """An entry moves its thread's `last_seq`, which no `threads_update` tells of."""
        thread = self.threads.get(name)
        if thread and seq > (thread["last_seq"] or 0):
            self.threads[name] = thread | {"last_seq": seq}

    def is_current(self):
        """Whether all that was missed has come."""
        return bool(self.epoch) and self.seq >= self._goal

    def is_at_rest(self, children, has_assistant):
        """Whether every turn has ended; `children` are the names that hear each role."""
        self._open = {
            name for name in self._open
            if not self._has_ended(self.entries[name], children, has_assistant)
        }  # fmt: skip
        return self.is_current() and not self._open

    def _has_ended(self, message, children, has_assistant):
        if message["type"] == "ToolRound":
            return message["id"] in self._passed
        if message["status"] in ("queued", "streaming"):
            return False
        # The children hear the last message of an answer alone.
        if asks_for_calls(message):
            return message["id"] in self._passed
        rollup = self._rollups.get(message["id"])
        if message["role"] == USER and has_assistant:
            if not self._answered & {message["id"], rollup}:
                return False
        is_asked = bool(children[message["role"]]) and message["content"].strip()
        return rollup is not None or not is_asked

    @property
    def unended(self):
        """The messages and rounds of calls that were not at rest when last looked at."""
        return [self.entries[name] for name in self._open]


def differences(state, found, beside=()):
    """How what a client made of the changes differs from the threads found at the same number.

    Of the entries `beside`, those that are not found are on no thread's path.
    """
    threads = found.threads.keys()
    entries = {e["id"]: e for e in state.entries.values() if e["thread"] in threads}
    for name in sorted(threads):
        ours, theirs = state.threads.get(name, {}), found.threads[name]
        if ours | {"head": None} != theirs | {"head": None}:
            yield f"thread {name}: {ours} is shown as {theirs}"
    for name in sorted(entries.keys() | found.entries.keys()):
        if name in beside and name not in found.entries:
            continue
        if entries.get(name) != found.entries.get(name):
            yield f"entry {name}: {entries.get(name)} is shown as {found.entries.get(name)}"
