"""The bridge to MCP over a server, and how its tests ask, wait and look for what is left."""

import contextlib
import glob
import os
import select
import signal
import subprocess
import sys
import unittest

from drive import WAIT_S, Chatd
from rules import ROOT

BRIDGE = os.path.join(ROOT, "children", "mcp")
SERVERS = os.path.join(ROOT, "Tests", "Fixtures", "mcp")


class Bridged(unittest.TestCase):
    """The bridge over a server; a bystander, which is nobody's business, lives all the while."""

    def setUp(self):
        self.bystander = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        self.addCleanup(self.bystander.wait)
        self.addCleanup(self.bystander.kill)

    def bridge(self, command, **config):
        chatd = self.enterContext(Chatd(BRIDGE, config={"command": command, **config}))
        self.addCleanup(lambda: self.assertIsNone(self.bystander.poll()))
        return chatd

    def over(self, name, *arguments, **config):
        """The bridge over one of our servers."""
        return self.bridge([*self.command(name), *arguments], **config)

    def command(self, name):
        [path] = glob.glob(os.path.join(SERVERS, f"{name}.*"))
        return [sys.executable if path.endswith(".py") else "sh", path]

    def ready(self, name, *arguments, **config):
        chatd = self.over(name, *arguments, **config)
        self.assertIn("result", chatd.initialize())
        return chatd

    def asked(self, chatd, tool, text=""):
        """The id of a call that was sent."""
        number, frame = chatd.request("tools/call", {"name": tool, "arguments": {"text": text}})
        chatd.write(frame)
        return number

    def call(self, chatd, tool, text=""):
        """The whole answer to a call."""
        return chatd.answer_to(self.asked(chatd, tool, text))

    def text(self, chatd, tool, text=""):
        """The only text of a result."""
        result = self.call(chatd, tool, text)["result"]
        self.assertEqual([block["type"] for block in result["content"]], ["text"])
        self.assertFalse(result["isError"])
        return result["content"][0]["text"]

    def watched(self, pid):
        """A process's descriptor, which stays its own whatever becomes of its number."""
        descriptor = os.pidfd_open(int(pid))
        self.addCleanup(os.close, descriptor)
        self.addCleanup(self.kill, descriptor)
        return descriptor

    def kill(self, descriptor):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)

    def assert_ends(self, descriptor):
        self.assertTrue(select.select([descriptor], [], [], WAIT_S)[0], "it still runs")

    def assert_lives(self, descriptor):
        self.assertFalse(select.select([descriptor], [], [], 0)[0], "it has ended")

    def logged(self, chatd, level=None):
        """What the bridge has said by `log` until now."""
        self.assertEqual(chatd.ask("ping", {})["result"], {})
        return self.told(chatd, level)

    def told(self, chatd, level=None):
        return [params["message"] for method, params in chatd.notifications
                if method == "log" and level in (None, params["level"])]

    def last_told(self, chatd):
        """The last warning of one that has ended."""
        while frame := chatd.read():
            chatd._take(frame)
        return self.told(chatd, "warning")[-1]

    def wait_for_log(self, chatd, text):
        """Waits for a `log` of the bridge's that has this text in it."""
        while not any(text in message for message in self.told(chatd)):
            frame = chatd.read()
            self.assertIsNotNone(frame, f"the stream ended before {text!r} was logged")
            chatd._take(frame)

    def assert_fails_to_start(self, chatd, code, *parts):
        message = chatd.initialize()["error"]["message"]
        for part in parts:
            self.assertIn(part, message)
        self.assertEqual(chatd.exit_code(), code)
        self.assertNotIn(message, chatd.log.lines, "people need not be told twice")
