"""What the page shows while nothing can be stored: the reason at the message that was not, all
else as it was, and a way on."""

import contextlib
import os
import pathlib
import resource
import sqlite3
import subprocess

import pytest
from chatd import ROOT
from playwright.sync_api import expect

FOLDER = ROOT / ".build" / "screenshots"
SMALL_DISK = ["unshare", "--mount", "sh", "-c",
              'mkdir -p data && mount -t tmpfs -o size=3m none data && cd . && exec "$@"',
              "sh"]  # fmt: skip


def can_mount():
    """Whether this user may mount a disk in a namespace of its own."""
    tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"],
                           capture_output=True, check=False)  # fmt: skip
    return os.geteuid() == 0 and tried.returncode == 0


@contextlib.contextmanager
def full(chatd):
    """Another program takes all the room."""
    filler = chatd.data / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", 0) as file:
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@contextlib.contextmanager
def failing(chatd):
    """The disk refuses whatever would make a file longer."""
    resource.prlimit(chatd.pid, resource.RLIMIT_FSIZE, (16384, resource.RLIM_INFINITY))
    yield
    resource.prlimit(
        chatd.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def locked(chatd):
    """Another program is in the middle of writing."""
    database = sqlite3.connect(chatd.data / "chatd.sqlite", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    yield
    database.close()


@contextlib.contextmanager
def damaged(chatd):
    """All but the database's first page is something else, until a backup takes its place."""
    path = chatd.data / "chatd.sqlite"
    before = path.read_bytes()
    rubbish = b"\xa5" * (len(before) - 4096)
    with open(path, "r+b", 0) as file:
        file.seek(4096)
        file.write(rubbish)
    yield
    place = pathlib.Path(os.readlink(f"/proc/{chatd.pid}/cwd")) / "data"
    chatd.stop()
    assert (place / "chatd.sqlite").read_bytes()[4096:] == rubbish
    for name in ("chatd.sqlite-wal", "chatd.sqlite-shm"):
        (place / name).unlink(missing_ok=True)
    (place / "chatd.sqlite").write_bytes(before)
    chatd.start()


needs_small_disk = pytest.mark.skipif(
    not can_mount(), reason="only root, where it may, can mount a small disk")  # fmt: skip
STATES = [
    pytest.param(full, "the disk of the database is full", id="full", marks=needs_small_disk),
    pytest.param(failing, "the disk of the database failed", id="failing"),
    pytest.param(locked, "another program holds the database locked: end it", id="locked"),
    pytest.param(damaged, "the database is damaged: it is left as it is; restore a backup",
                 id="damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "words"), STATES)
def test_what_can_not_be_stored_says_why_and_can_be_sent_again(
    start_chatd, open_chat, state, words
):
    chatd = start_chatd(
        assistant="off", children=[], wrapper=SMALL_DISK if state is full else ())
    for text in ("one", "two"):
        chatd.post("/api/messages", {"content": text})
    if state is damaged:  # all in the one file, and none of it in memory
        while chatd.get("/api/messages")["queued"]:  # that the next run would write of
            pass
        (main,) = chatd.get("/api/threads")["threads"]  # read, or the page would write that it is
        chatd.post("/api/threads/main", {"read_seq": main["last_seq"]}, "PATCH")
        chatd.stop()
        chatd.start()
    chat = open_chat(chatd)
    expect(chat.messages).to_have_count(2)
    with state(chatd):
        chat.say("three" if state is not full else "three " + "x" * 30_000)
        pending = chat.get("pending")
        expect(pending).to_have_attribute("data-state", "refused")
        expect(pending).to_contain_text(f"Not sent: {words}")
        expect(chat.messages).to_have_count(2)
        chat.page.screenshot(path=FOLDER / f"storage-{state.__name__}.png")
        chat.page.reload()
        expect(pending).to_have_attribute("data-state", "refused")
        expect(pending).to_contain_text(f"Not sent: {words}")
        if state is not damaged:  # of which only what is in memory can be read
            expect(chat.messages).to_have_count(2)
        chat.page.screenshot(path=FOLDER / f"storage-{state.__name__}-reloaded.png")
    # Where chatd was started again, it goes out once the page has connected.
    chat.page.get_by_role("button", name="Try again").click()
    expect(pending).to_have_count(0)
    expect(chat.messages).to_have_count(3)
