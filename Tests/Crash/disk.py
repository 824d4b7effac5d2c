"""What a killed chatd left on disk, read by another program: a copy, so that the next one finds it
as it was left."""

import json
import shutil
import sqlite3
import tempfile

DATABASE = "chatd.sqlite"


def read(data):
    """The database of a data folder: its entries by identifier, and `client_msg_id`s.

    Raises `AssertionError` where it is damaged, or a number or name is there twice.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in data.glob(f"{DATABASE}*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        database = sqlite3.connect(f"{folder}/{DATABASE}")
        try:
            return _read(database)
        finally:
            database.close()


def _read(database):
    tables = database.execute("SELECT name FROM sqlite_schema WHERE name = 'entry'").fetchall()
    if not tables:
        return {}, {}  # killed before it had made any
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    rows = database.execute("SELECT id, thread, client_msg_id, body FROM entry").fetchall()
    entries = {row[0]: json.loads(row[3]) for row in rows}
    named = [(row[1], row[2]) for row in rows if row[2] is not None]
    assert len(named) == len(set(named)), "a client_msg_id is there twice"
    return entries, {row[0]: row[2] for row in rows}


def missing(receipts, data):
    """What was acknowledged and is not on disk, as sentences."""
    entries, names = read(data)
    for receipt in receipts:
        there = entries.get(receipt.id)
        if there is None:
            yield f"{receipt.sent.client_msg_id} was acknowledged as {receipt.id}: not on disk"
        elif (there["content"], names[receipt.id]) != (
            receipt.sent.content, receipt.sent.client_msg_id
        ):  # fmt: skip
            yield f"{receipt.id} is on disk as {names[receipt.id]}, with other content"


def open_turns(data):
    """The threads of which the database says that a turn runs."""
    database = sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)
    try:
        return database.execute("SELECT id FROM thread WHERE turn IS NOT NULL").fetchall()
    finally:
        database.close()
