"""Nothing is lost and nothing comes twice, however often chatd is killed.

Clients send as fast as they can, over several connections and threads, by WebSocket and HTTP, and
send again what was not acknowledged. chatd is killed at random moments and started again; once its
turns have come to rest, everything is looked at: `checker.py` says what must not be.

`CHATD_CRASH_ROUNDS` is how often it is killed in all (12 unless told otherwise, 100 for a release),
`CHATD_CRASH_SEED` chooses other moments, and `CHATD_BIN` is another chatd:

    CHATD_CRASH_ROUNDS=100 .venv/bin/python -m pytest Tests/Crash
"""

import contextlib
import os
import random
import sqlite3

import disk
import pytest
from rounds import KINDS, Rounds

ROUNDS = int(os.environ.get("CHATD_CRASH_ROUNDS", "12"))
SEED = os.environ.get("CHATD_CRASH_SEED", "1")
# The demo assistant, which takes seconds for an answer, has a sixth of the rounds.
SHARES = {"off": ROUNDS * 5 // 12, "claude": ROUNDS * 5 // 12}
SHARES["demo"] = ROUNDS - sum(SHARES.values())


@pytest.mark.parametrize("assistant", SHARES)
def test_what_was_acknowledged_is_there_once_and_every_turn_ends(assistant, tmp_path):
    chance = random.Random(f"{SEED} {assistant}")
    rounds = Rounds(tmp_path, assistant, chance)
    try:
        kinds = [KINDS[0]]  # there is something to be lost
        while len(kinds) < SHARES[assistant]:
            kinds += chance.sample(KINDS, len(KINDS))
        for kind in kinds[: max(1, SHARES[assistant])]:
            rounds.play(kind)
        rounds.finish()
        messages = [e for e in rounds.state.entries.values() if e["type"] == "Message"]
        ids = {receipt.id for receipt in rounds.known.receipts}
        print(f"{assistant}: {rounds.kills} kills, {len(ids)} messages acknowledged, "
              f"{sum(m['status'] == 'interrupted' for m in messages)} answers interrupted, "
              f"{sum(ask.attempt > 1 for ask in rounds.known.asks)} times asked again, "
              f"{len(rounds.known.calls or [])} calls, {len(rounds.known.tools)} of tools, "
              f"{rounds.state.seq} changes")
        assert ids and rounds.comparisons
        assert rounds.known.tools or assistant != "claude", "no tool was called"
    finally:
        rounds.close()


def test_a_message_that_is_gone_from_disk_is_noticed(tmp_path):
    rounds = Rounds(tmp_path, "off", random.Random(SEED))
    try:
        while not rounds.known.receipts:
            rounds.play("working")
        with contextlib.closing(sqlite3.connect(rounds.data / disk.DATABASE)) as database:
            database.execute("DELETE FROM entry WHERE id = ?", [rounds.known.receipts[-1].id])
            database.commit()
        assert list(disk.missing(rounds.known.receipts, rounds.data))
    finally:
        rounds.close()
