"""What is written into a database that a benchmark fills: turns of a person, three children and an
assistant, row by row as chatd has them.
"""

import json
import random
from datetime import datetime, timezone

# In every second entry; in one of a hundred; in three messages; each in every eighth, never both.
FREQUENT, MIDDLING, RARE, EVEN, ODD = "common", "hundredth", "needle", "even", "odd"
# One turn in so many is not in main but in one of the other threads, and of one in so many the
# answer was begun over, which makes a branch.
OTHER_THREADS, OTHER_EVERY, REDONE_EVERY = 10, 100, 100
FIRST_MS, TURN_MS = 1_700_000_000_000, 60_000
CHILDREN = ("calculator", "keeper", "sentiment")


class Thread:
    """Where a thread stands while it is filled."""

    def __init__(self, identifier):
        self.id, self.head, self.branch, self.position = identifier, None, None, -1


class Turns:
    """So many entries of a database whose tables are empty."""

    def __init__(self, db, entry_count):
        self._random = random.Random(5)
        self._db, self._left = db, entry_count
        self._seq, self._branches, self._now = 1, 0, FIRST_MS
        # Of main's path each entry's identifier and the bytes of its JSON.
        self._rows, self.path = [], []
        self._sentences = self._made_up()
        self._threads = [Thread("main")]

    def write(self):
        """Writes all of them."""
        turns, turn = self._left // 4, 0
        needles = {0, turns // 2, turns - 1 - turns // 50}
        while self._left:
            self._turn(turn, RARE if turn in needles else "")
            turn += 1
        self._flush()
        for thread in self._threads:
            self._db.execute("UPDATE thread SET head = ? WHERE id = ?", (thread.head, thread.id))
        self._db.execute("UPDATE log SET seq = ?", (self._seq,))

    def _turn(self, turn, needle):
        self._now += TURN_MS
        thread = self._thread(turn)
        words = [FREQUENT, EVEN if turn % 2 else ODD, needle, str(turn), self._sentence()]
        if turn % 25 == 0:
            words.append(MIDDLING)
        asked = self._message(thread, "user", " ".join(filter(None, words)), f"page-{turn}")
        self._rollup(thread, asked)
        before = (thread.branch, thread.position, thread.head)
        self._answer(thread)
        if turn % REDONE_EVERY == REDONE_EVERY // 2 and self._left:
            del self.path[-2:]  # such a turn is always in main
            branch, thread.position, thread.head = before
            self._fork(thread, branch)
            self._answer(thread)

    def _answer(self, thread):
        text = " ".join([FREQUENT, *(self._sentence() for _ in range(3))])
        self._rollup(thread, self._message(thread, "assistant", text))

    def _thread(self, turn):
        if turn % OTHER_EVERY != OTHER_EVERY - 1:
            return self._threads[0]
        if len(self._threads) <= OTHER_THREADS:
            self._seq += 1
            thread = Thread(self._identifier())
            self._threads.append(thread)
            self._db.execute(
                "INSERT INTO thread (id, seq, title, created_at, muted, read_seq)"
                " VALUES (?, ?, ?, ?, '[]', 0)",
                (thread.id, self._seq, self._sentence(), self._now))
            return thread
        return self._threads[1 + turn // OTHER_EVERY % OTHER_THREADS]

    def _message(self, thread, role, text, client=None):
        rest = (f'"role":"{role}","content":{quoted(text)},"to":null,'
                '"author":null,"status":"complete","error":null,')
        rest += ('"model":null,"stop_reason":null,"usage":null' if role == "user" else
                 '"model":"demo","stop_reason":"end_turn","usage":{"input_tokens":120,'
                 '"output_tokens":90,"cache_creation_input_tokens":null,'
                 '"cache_read_input_tokens":64}')
        self._seq += role == "assistant"  # it had another number while it was being written
        return self._entry(thread, "Message", rest, status="complete", client=client)

    def _rollup(self, thread, original):
        replies = [None if child == "keeper" else self._sentence() for child in CHILDREN]
        answers = ",".join(
            f'{{"child_id":"{child}","message_id":"{self._identifier()}",'
            f'"status":"{"replied" if text else "declined"}","reason":null,"late":false,'
            f'"text":{quoted(text)},"html":null,"data":null,'
            '"latency_ms":2.125,"attempt":1,"generation":1}'
            for child, text in zip(CHILDREN, replies))
        self._entry(thread, "Rollup",
                    f'"original_message_id":"{original}","child_responses":[{answers}]',
                    original=original, text="\n".join(filter(None, replies)))

    def _entry(self, thread, kind, rest, status=None, original=None, client=None, text=None):
        if not self._left:
            return None
        self._left -= 1
        self._seq += 1
        self._now += 1
        if thread.branch is None:
            self._fork(thread, None)
        thread.position += 1
        identifier, parent = self._identifier(), thread.head
        body = (f'{{"type":"{kind}","id":"{identifier}",'
                f'"parent":{quoted(parent)},"thread":"{thread.id}","seq":{self._seq},'
                f'"created_at":"{stamp(self._now)}",{rest}}}')
        self._rows.append((identifier, thread.id, self._seq, thread.branch, thread.position, parent,
                           kind, status, original, client, body, text))
        if thread.id == "main":
            self.path.append((identifier, len(body.encode())))
        thread.head = identifier
        if len(self._rows) == 10_000:
            self._flush()
        return identifier

    def _flush(self):
        self._db.executemany(
            "INSERT INTO entry (id, thread, seq, branch, position, parent, type, status, original,"
            " client_msg_id, body, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    def _fork(self, thread, parent):
        self._branches += 1
        thread.branch = self._branches
        self._db.execute(
            "INSERT INTO branch (id, thread, parent_branch, fork_position) VALUES (?, ?, ?, ?)",
            (thread.branch, thread.id, parent, thread.position))

    def _identifier(self):
        bits = f"{self._random.getrandbits(74):019x}"
        time = f"{self._now:012x}"
        return f"{time[:8]}-{time[8:]}-7{bits[:3]}-8{bits[3:6]}-{bits[6:18]}"

    def _sentence(self):
        return self._sentences[int(self._random.random() * len(self._sentences))]

    def _made_up(self):
        """Sentences of 5,000 words, the more frequent the earlier (Zipf)."""
        syllables = [a + b for a in "bdfghklmnprst" for b in ("a", "e", "i", "o", "ü", "ar", "en")]
        words = ["".join(self._random.choices(syllables, k=self._random.randint(1, 4)))
                 for _ in range(5000)]
        weights = [1 / rank for rank in range(1, len(words) + 1)]
        return [" ".join(self._random.choices(words, weights, k=self._random.randint(6, 20)))
                for _ in range(4096)]


def quoted(text):
    """A text or None as JSON."""
    return json.dumps(text, ensure_ascii=False)


def stamp(milliseconds):
    """A time as entries have it."""
    time = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
