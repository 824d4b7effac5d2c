"""On a disk that gets full, what is refused is refused clearly and is not there afterwards; what
was acknowledged is; and chatd goes on by itself once there is room."""

import contextlib
import http.client
import json
import random
import threading

import disk
import pytest
from checker import faults
from connection import Connection
from daemon import HEARERS, Daemon, write_children
from history import Found, Known, Receipt, Sent
from lanes import fields
from small_disk import SmallDisk, can_be_mounted
from state import State
from watcher import PATIENCE_S, Watcher

DISK_BYTES = 8 << 20
BALLAST_BYTES = 6 << 20  # SQLite copies its log at 4 MiB, and needs room for both
LENGTH = 30_000  # of a message
REFUSALS = 3  # until a client stops sending
FULL = "the disk of the database is full"


class Crowd:
    """Clients that send until they have been refused a few times, and then once there is room."""

    def __init__(self, known):
        self._known = known
        self._count = 0
        self._lock = threading.Lock()
        self.failures = []

    def fill(self, run):
        """Sends by several connections at once, until each was refused."""
        threads = [threading.Thread(target=self._fill, args=(run, f"lane{n}")) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert not self.failures, self.failures

    def _fill(self, run, lane):
        try:
            with Connection(run.ws_port) as connection:
                refused = 0
                while refused < REFUSALS:
                    refused += not self.say(connection, lane, LENGTH)
        except Exception as failure:  # the test's own thread raises it
            self.failures.append(failure)

    def _next(self, lane, length):
        with self._lock:
            self._count += 1
            name = f"{lane}-{self._count}"
        text = f"[[{name}]]" + random.Random(name).randbytes(length // 2).hex()
        sent = Sent(lane, "main", name, text)
        self._known.sent[text] = sent
        return sent

    def say(self, connection, lane, length, sent=None):
        """Sends a message; whether it was acknowledged."""
        sent = sent or self._next(lane, length)
        answer = connection.ask("send_message", **fields(sent))
        if answer["type"] == "error":
            assert answer["code"] == "unavailable" and FULL in answer["message"], answer
            self._known.refused.append(sent)
            return False
        message = answer["messages"][0]
        self._known.receipts.append(Receipt(sent, message["id"], message["content"], "main"))
        return True

    def is_ready(self, run):
        """Whether chatd says by `/readyz` that it takes messages; else it says why not."""
        connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = json.load(answer)
        connection.close()
        assert answer.status == 200 or (answer.status == 503 and FULL in body["detail"]), body
        return answer.status == 200

    def post(self, run, length):
        """Sends a message by HTTP, which has to be refused."""
        sent = self._next("http", length)
        connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
        connection.request("POST", "/api/messages", json.dumps(fields(sent)),
                           {"content-type": "application/json"})  # fmt: skip
        answer = connection.getresponse()
        problem = json.load(answer)
        connection.close()
        assert answer.status == 503 and problem["code"] == "unavailable", problem
        assert FULL in problem["detail"], problem
        self._known.refused.append(sent)

    def repeat(self, connection):
        """Sends again what was refused; it is there from now on."""
        refused, self._known.refused = self._known.refused, []
        for sent in refused:
            assert self.say(connection, sent.lane, 0, sent)


def there(connection):
    """The identifiers of all messages of main, whether their turn has come or not."""
    page = connection.ask("get_messages")
    return {entry["id"] for entry in page["messages"] + page["queued"]}


def check(watcher, connection, known):
    """Waits until all turns have ended, and looks at what there is."""
    assert watcher.wait_until(lambda state: state.is_at_rest(HEARERS, False)), watcher.state.unended
    threads = {thread["id"]: thread for thread in connection.ask("list_threads")["threads"]}
    state = watcher.copy()
    wrong = faults(known, Found(threads, state.entries, state.seq))
    assert not wrong, "\n".join(map(str, wrong[:20]))


@pytest.fixture
def small_disk(tmp_path):
    """A disk with little room, of which some can be made."""
    small = SmallDisk(tmp_path / "data", DISK_BYTES)
    (small.folder / "ballast").write_bytes(bytes(BALLAST_BYTES))
    yield small
    small.close()


class Scene:
    """chatd on the small disk, with a crowd that fills it."""

    def __init__(self, folder, small_disk):
        self.known = Known(HEARERS, assistant=False)
        self.crowd = Crowd(self.known)
        self.disk = small_disk
        self._folder = folder
        write_children(folder / "children")

    @contextlib.contextmanager
    def chatd(self):
        """A run of chatd, and somebody who watches it; it ends by kill -9."""
        options = ["--data", self._folder / "data", "--children", self._folder / "children",
                   "--assistant", "off"]  # fmt: skip
        run = Daemon(self._folder, options, wrapper=self.disk.entrance)
        watcher = None
        try:
            run.await_ready()
            watcher = Watcher(run.ws_port, State())
            yield run, watcher
        finally:
            run.kill()
            if watcher:
                watcher.end()
        assert not list(disk.missing(self.known.receipts, self.disk.folder))

    def make_room(self):
        """As somebody would who hears that the disk is full."""
        for name in ("ballast", "filler"):
            (self.disk.folder / name).unlink(missing_ok=True)

    def fill_to_the_last_byte(self):
        """As another program would."""
        with contextlib.suppress(OSError), open(self.disk.folder / "filler", "wb", 0) as filler:
            while True:
                filler.write(bytes(4096))


@pytest.fixture
def scene(tmp_path, small_disk):
    """The disk, chatd, and who sends to it."""
    return Scene(tmp_path, small_disk)


needs_small_disk = pytest.mark.skipif(
    not can_be_mounted(), reason="only root, where it may, can mount a small disk")  # fmt: skip


@needs_small_disk
def test_what_a_full_disk_refuses_is_not_there_and_what_it_took_is(scene):
    known, crowd = scene.known, scene.crowd
    with scene.chatd() as (run, watcher), Connection(run.ws_port) as connection:
        crowd.fill(run)
        crowd.post(run, LENGTH)
        assert len(known.receipts) > REFUSALS and not run.has_ended(0)
        assert {receipt.id for receipt in known.receipts} <= there(connection)
        scene.make_room()
        assert crowd.say(connection, "later", 100)
        check(watcher, connection, known)
        crowd.repeat(connection)
        check(watcher, connection, known)
    with scene.chatd() as (run, watcher), Connection(run.ws_port) as connection:
        check(watcher, connection, known)
        assert run.stop() == 0


@needs_small_disk
def test_a_crash_on_a_full_disk_loses_nothing(scene):
    with scene.chatd() as (run, _):
        scene.crowd.fill(run)
        scene.fill_to_the_last_byte()
    scene.make_room()
    with scene.chatd() as (run, watcher), Connection(run.ws_port) as connection:
        check(watcher, connection, scene.known)


@needs_small_disk
def test_after_a_crash_a_full_disk_is_read_from_and_written_to_once_there_is_room(scene):
    known, crowd = scene.known, scene.crowd
    with scene.chatd() as (run, _):
        assert crowd.is_ready(run)
        crowd.fill(run)
        scene.fill_to_the_last_byte()
    with scene.chatd() as (run, watcher), Connection(run.ws_port) as connection:
        assert {receipt.id for receipt in known.receipts} <= there(connection)
        crowd.post(run, LENGTH)
        assert not crowd.is_ready(run) and not run.has_ended(0)
        assert {receipt.id for receipt in known.receipts} <= there(connection)
        scene.make_room()
        assert crowd.is_ready(run)
        assert crowd.say(connection, "later", 100)
        check(watcher, connection, known)
        crowd.repeat(connection)
        check(watcher, connection, known)
        assert run.stop() == 0


@needs_small_disk
def test_a_disk_without_room_to_start_is_named_with_what_it_lacks(scene, tmp_path):
    with scene.chatd() as (run, _):
        with Connection(run.ws_port) as connection:
            assert scene.crowd.say(connection, "lane", 100)
        assert run.stop() == 0
    scene.fill_to_the_last_byte()
    before = (scene.disk.folder / disk.DATABASE).read_bytes()
    (tmp_path / "stderr").unlink()
    with pytest.raises(RuntimeError, match="ended with 1 before"), scene.chatd():
        pass
    words = (tmp_path / "stderr").read_text()
    assert "No space left on device; 0 KiB are free on the disk of" in words, words
    assert words.endswith(": make room there\n") and words.count("\n") == 1, words
    assert (scene.disk.folder / disk.DATABASE).read_bytes() == before
    scene.make_room()
    with scene.chatd() as (run, _), Connection(run.ws_port) as connection:
        assert {receipt.id for receipt in scene.known.receipts} <= there(connection)
