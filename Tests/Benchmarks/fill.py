"""A database of so many entries, filled by SQL as chatd would have filled it in years.

chatd makes the empty one, SQL writes the rows, FTS5 its index, and `chatd check` has to find it
whole. It is kept in .build/bench, under a digest of the schema and of what fills it, so that the
next run has it at once; those of other digests are removed.
"""

import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import asdict, dataclass

import turns
from chatd import Chatd
from rows import Wrong

# Far longer than a check of a million takes.
CHECK_S = 600


@dataclass(frozen=True)
class Filled:
    """A database that is there, in a data folder of its own."""

    data: str
    entry_count: int
    # Of thread main's path an entry in the middle, and the bytes of its JSON.
    middle: str
    path_bytes: int

    @property
    def database(self):
        """The file."""
        return f"{self.data}/chatd.sqlite"


def filled(bench, entry_counts):
    """A database for each of these numbers of entries."""
    with Chatd(bench) as chatd:
        chatd.stop()
        empty = pathlib.Path(chatd.data) / "chatd.sqlite"
        digest = _digest(empty)
        for folder in bench.build.glob("size-*"):
            if not folder.name.startswith(f"size-{digest}-"):
                shutil.rmtree(folder)
        return [_filled(bench, empty, digest, count) for count in entry_counts]


def _digest(empty):
    """What a filled database depends on."""
    with closing(sqlite3.connect(empty)) as db:
        tables = db.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    sources = [pathlib.Path(module).read_bytes() for module in (__file__, turns.__file__)]
    return hashlib.sha256(repr([tables, *sources]).encode()).hexdigest()[:12]


def _filled(bench, empty, digest, entry_count):
    folder = bench.build / f"size-{digest}-{entry_count}"
    if not folder.exists():
        # It gets its name once it is whole; until then it goes with the chatd that made the tables.
        partial = empty.parent.with_name(folder.name)
        partial.mkdir()
        shutil.copy(empty, partial)
        _fill(bench, partial, entry_count)
        partial.rename(folder)
    return Filled(str(folder), **json.loads((folder / "filled.json").read_text()))


def _fill(bench, folder, entry_count):
    path = folder / "chatd.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        log = turns.Turns(db, entry_count)
        log.write()
        db.execute("INSERT INTO search (search) VALUES ('rebuild')")
        db.commit()
        db.execute("PRAGMA journal_mode = WAL")
    with open(path, "rb") as file:
        os.fsync(file.fileno())  # so that nothing is left to be written while something is measured
    check = subprocess.run([bench.chatd, "check", "--data", folder, "--children", folder / "none"],
                           capture_output=True, text=True, timeout=CHECK_S, check=False)
    if check.returncode or f"{entry_count} entries" not in check.stdout:
        raise Wrong(f"chatd check: {check.stdout[-300:]} {check.stderr[:500]}")
    found = Filled("", entry_count, log.path[len(log.path) // 2][0],
                   sum(size for _, size in log.path))
    known = {key: value for key, value in asdict(found).items() if key != "data"}
    (folder / "filled.json").write_text(json.dumps(known))
