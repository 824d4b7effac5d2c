"""The bridge to MCP as a child of a real chatd: what people see of it there."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from bridged import BRIDGE, Bridged
from drive import WAIT_S
from rules import ROOT


class Daemon:
    """`chatd start` on a data folder and a children folder of its own."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        data, children = (os.path.join(self._folder, name) for name in ("data", "children"))
        with open(os.path.join(self._folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [os.environ.get("CHATD_BIN", os.path.join(ROOT, ".build", "debug", "chatd")),
                 "start", "--port", "0", "--ws-port", "0", "--data", data, "--children", children,
                 "--assets", os.path.join(ROOT, "assets"), "--assistant", "off"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=self._folder,
                env={"PATH": os.environ["PATH"], "HOME": self._folder})
        self._url = json.loads(self.process.stdout.readline())["http"]
        return self

    def __exit__(self, *failure):
        self.process.terminate()
        try:
            self.process.wait(WAIT_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def ask(self, path, body=None):
        """An API answer; with a body, to a POST. An error's body, too."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data,
                                         {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)


class TestThroughChatd(Bridged):
    """What people see of bridges that are real children of a real chatd."""

    def child(self, name, command, more=""):
        """A copy of the bridge with another command, as its page says to add a server."""
        folder = os.path.join(self.folder, "children", name)
        shutil.copytree(BRIDGE, folder, ignore=shutil.ignore_patterns("__pycache__"))
        path = os.path.join(folder, "manifest.toml")
        with open(path, encoding="utf-8") as file:
            text, count = re.subn("(?m)^command = .*example_server.*$",
                                  lambda _: f"command = {json.dumps(command)}\n{more}", file.read())
        self.assertEqual(count, 1)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_server_is_a_child_like_any_other(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.child("echo", self.command("good"))
        self.child("broken", self.command("dies-at-once"))
        self.child("mistaken", ["cat"], "comand = 1")
        with Daemon(self.folder) as chatd:
            started = chatd.ask("/api/children/echo/start", {})
            self.assertEqual((started["state"], started["wanted"]), ("ready", "up"))
            for name, part in (("broken", "the key for the weather is missing"),
                               ("mistaken", "[config] comand is not known")):
                self.assertIn(part, json.dumps(chatd.ask(f"/api/children/{name}/start", {})))
                chatd.ask(f"/api/children/{name}/stop", {})
            states = {child["actor_id"]: child for child in chatd.ask("/api/children")["children"]}
            self.assertEqual(states["echo"]["state"], "ready")
            log = chatd.ask("/api/children/broken/logs?lines=50")["lines"]
            self.assertIn("the key for the weather is missing", [line["text"] for line in log])
            log = chatd.ask("/api/children/echo/logs?lines=50")["lines"]
            [server] = {self.watched(pid) for pid in self.children_of(states["echo"]["pid"])}
            self.assertIn("heard notifications/initialized", [line["text"] for line in log])
            chatd.ask("/api/children/echo/kill", {})
            self.assert_ends(server)
            started = chatd.ask("/api/children/echo/start", {})
            self.assertEqual(started["state"], "ready")
            [server] = {self.watched(pid) for pid in self.children_of(started["pid"])}
        self.assert_ends(server)

    def children_of(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return file.read().split()


if __name__ == "__main__":
    unittest.main()
