"""Children made of programs by `chatd child exec`, for the tests of it."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import unittest

from drive import WAIT_S, Chatd
from rules import ROOT

BUILDS = [os.path.join(ROOT, ".build", kind) for kind in ("debug", "release")]
PLACES = [*filter(None, os.environ.get("CHILD_PATH", "").split(os.pathsep)), *BUILDS]
CHATD = shutil.which("chatd", path=os.pathsep.join(PLACES))
NEEDS_CHATD = unittest.skipUnless(CHATD, "chatd is not built: run `swift build` first")
# It says who it and its child are, and then neither ends by itself.
HANG = "sleep 1000 & echo hangs $$ $! >&2; wait"


class Adapted(Chatd):
    """A child whose end is waited for: its programs are in groups of their own, and it is the one
    to end them."""

    def _end(self):
        if self.connection:
            self.connection.close()
            self.process.wait(WAIT_S)
        super()._end()


class Ends:
    """Processes whose end can be waited for, whoever's they are."""

    def __init__(self, *pids):
        self.pids = pids
        self.descriptors = []
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # it has come already
                self.descriptors.append(os.pidfd_open(pid))

    def all_come(self):
        """Whether each ends; a while is given."""
        came = all(select.select([end], [], [], WAIT_S)[0] for end in self.descriptors)
        for end in self.descriptors:
            os.close(end)
        return came


@NEEDS_CHATD
class ExecCase(unittest.TestCase):
    """Makes children of programs, each in a folder of its own."""

    def setUp(self):
        self.home = self.enterContext(tempfile.TemporaryDirectory(prefix="exec-"))
        self.bystander = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        self.addCleanup(self.end_bystander)

    def end_bystander(self):
        self.assertIsNone(self.bystander.poll(), "the bystander was hit")
        self.bystander.kill()
        self.bystander.wait()

    def write_child(self, *words, flags=(), timeout_ms=30_000, command=None, files=()):
        folder = tempfile.mkdtemp(dir=self.home)
        command = command or ["chatd", "child", "exec", *flags, "--", *words]
        with open(os.path.join(folder, "manifest.toml"), "w", encoding="utf-8") as file:
            file.write(f'name = "x"\ndescription = "x"\nversion = "0.1.0"\n'
                       f"command = {json.dumps(command)}\n[messages]\ntimeout_ms = {timeout_ms}\n")
        for name, text in dict(files).items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(folder, name), 0o755)
        return folder

    def started(self, *words, **options):
        return self.enterContext(Adapted(self.write_child(*words, **options), path=PLACES))

    def ready(self, *words, **options):
        chatd = self.started(*words, **options)
        self.assertEqual(chatd.initialize()["result"], {})
        return chatd

    def shell(self, script, **options):
        return self.ready("sh", "-c", script, **options)

    def failure(self, chatd, content="hello"):
        """The message of the error that a message is answered with."""
        answer = chatd.ask("message", chatd.message(content))
        self.assertIn("error", answer)
        return answer["error"]["message"]

    def send(self, chatd, content="hello"):
        """Sends a message without waiting for its answer: its id."""
        request_id, frame = chatd.request("message", chatd.message(content))
        chatd.write(frame)
        return request_id

    def hanging(self, chatd):
        """The processes of a program that hangs, once it does."""
        return Ends(*map(int, chatd.log.wait_for("hangs").split()[1:]))

    def assert_alive(self, chatd):
        self.assertEqual(chatd.ask("ping", {})["result"], {})
