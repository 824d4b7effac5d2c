"""An import that chatd is killed in is there with the next start: all of it, or nothing."""

import http.client
import json
import shutil
import sqlite3
import threading
import urllib.request
import uuid

import pytest
from connection import GONE, Connection
from daemon import Daemon, check

COUNT = 6_000
THREAD = "imported"
CREATED = "2026-11-22T10:00:00.123Z"


def export():
    """A thread as `GET /api/export` writes it, and its entries' identifiers."""
    ids = [str(uuid.UUID(int=0x019A0000000070008000 << 48 | number)) for number in range(COUNT)]
    entries = [
        {"type": "Message", "id": entry, "parent": before, "thread": THREAD, "seq": 1,
         "created_at": CREATED, "role": "user", "content": f"number {entry}", "to": None,
         "author": None, "status": "complete", "error": None, "model": None, "stop_reason": None,
         "usage": None}
        for before, entry in zip([None, *ids], ids)]  # fmt: skip
    thread = {"id": THREAD, "title": "T", "created_at": CREATED, "head": ids[-1], "muted": []}
    document = {"format": "chatd-thread", "version": 1, "thread": thread, "entries": entries}
    return json.dumps(document).encode(), ids


def post(port, document):
    """What an import is answered with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", "/api/import", document)
        return json.load(connection.getresponse())
    finally:
        connection.close()


def post_until_killed(port, document, answers):
    """Imports, and keeps an answer if there is one."""
    try:
        answers.append(post(port, document))
    except (*GONE, http.client.HTTPException, ValueError):
        pass


def left(data, folder):
    """What a kill left: entries taken over, put by, and whether they were accepted."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in data.glob("chatd.sqlite*"):
        shutil.copy(file, folder)  # a look at the original would change its log
    database = sqlite3.connect(folder / "chatd.sqlite")
    try:
        tables = "SELECT count(*) FROM entry", "SELECT count(*) FROM import_entry"
        taken, waiting = (database.execute(query).fetchone()[0] for query in tables)
        return taken, waiting, database.execute("SELECT count(*) FROM import").fetchone()[0] == 1
    finally:
        database.close()


def await_moment(moment, run, data):
    """Returns once the import is there that far."""
    if moment == "taken over":
        with Connection(run.ws_port) as connection:
            while f'"thread":"{THREAD}"'.encode() not in connection.receive_bytes():
                pass
        return
    database = sqlite3.connect(f"file:{data / 'chatd.sqlite'}?mode=ro", uri=True)
    try:
        while not database.execute("SELECT count(*) FROM import_entry").fetchone()[0]:
            pass
    finally:
        database.close()


@pytest.mark.parametrize("moment", ["put by", "taken over"])
def test_an_import_is_there_or_not(tmp_path, moment):
    options = ["--data", tmp_path / "data", "--children", tmp_path / "none"]
    options += ["--assistant", "off"]
    document, ids = export()
    answers = []
    run = Daemon(tmp_path, options)
    try:
        run.await_ready()
        thread = threading.Thread(target=post_until_killed, args=(run.port, document, answers))
        thread.start()
        await_moment(moment, run, tmp_path / "data")
    finally:
        run.kill()
    thread.join(60)
    taken, waiting, is_accepted = left(tmp_path / "data", tmp_path / "look")
    # It was in the middle.
    assert not answers and waiting > 0
    assert moment == "put by" or (is_accepted and 0 < taken < COUNT)
    run = Daemon(tmp_path, options)
    try:
        run.await_ready()
        with Connection(run.ws_port) as connection:
            threads = connection.ask("list_threads")["threads"]
        found = [entry["head"] for entry in threads if entry["id"] == THREAD]
        assert found == ([ids[-1]] if is_accepted else [])
        assert left(tmp_path / "data", tmp_path / "look") == (COUNT * is_accepted, 0, False)
        answer = post(run.port, document)
        assert (answer["added"], answer["present"]) == (
            (0, COUNT) if is_accepted else (COUNT, 0))  # fmt: skip
        path = f"http://127.0.0.1:{run.port}/api/messages?thread={THREAD}"
        with urllib.request.urlopen(path, timeout=60) as response:
            assert [entry["id"] for entry in json.load(response)["messages"]] == ids
        assert run.stop() == 0
    finally:
        run.kill()
    check(options[:4], tmp_path)
