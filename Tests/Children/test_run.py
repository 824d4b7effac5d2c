"""`chatd child run`: one child in the foreground, talked to through pipes."""

import os
import pty
import subprocess
import unittest

from drive import WAIT_S
from filters import CHATD, ExecCase


class TestRun(ExecCase):
    def talk(self, lines, *words, options=(), code=0, **child):
        """What is shown for these lines typed to the child, line by line."""
        folder = self.write_child(*words, **child)
        done = subprocess.run([CHATD, "child", "run", folder, *options], input=lines, text=True,
                              capture_output=True, timeout=4 * WAIT_S, check=False)
        self.assertEqual(done.returncode, code, done)
        self.errors = done.stderr
        return done.stdout.splitlines()

    def assert_shown(self, shown, *parts):
        """Each of these is in a line, in this order."""
        rest = iter(shown)
        for part in parts:
            self.assertTrue(any(part in line for line in rest), (part, shown))

    def test_a_message_its_frames_and_its_answer(self):
        shown = self.talk("three little words\n", "wc", "-w")
        self.assert_shown(shown, '"method":"initialize"', "ready", '→ {"jsonrpc":"2.0","id":2',
                          '← {"jsonrpc":"2.0","id":2', "= 2 3", '"method":"shutdown"')
        self.assertNotIn("\x1b", "".join(shown))

    def test_the_end_of_input_waits_for_every_answer(self):
        shown = self.talk("".join(f"word {n}\n" for n in range(10)), "cat")
        for n in range(10):
            self.assert_shown(shown, f"= {n + 2} word {n}")

    def test_its_log_is_seen(self):
        shown = self.talk("x\n", "sh", "-c", "echo beware >&2; cat")
        self.assert_shown(shown, "err beware")

    def test_declining_and_failing(self):
        self.assert_shown(self.talk("x\n", "true"), "= 2 declined")
        self.assert_shown(self.talk("x\n", "sh", "-c", "echo no >&2; exit 1"), "= 2 failed: no")

    def test_the_words(self):
        shown = self.talk("/ping\n/state\n/help\n\n/what\n/cancel\n//slash\n", "cat")
        self.assert_shown(shown, "nothing is saved", "/quit", "/what: no such word",
                          "there is no such message", "= 3 /slash")
        self.assert_shown(shown, "ping 2 was answered after")

    def test_cancel_takes_a_message_back(self):
        shown = self.talk("x\n/cancel\n", "sleep", "1000")
        self.assert_shown(shown, '"method":"cancel","params":{"id":2}', '"method":"shutdown"')

    def test_quit_waits_for_nothing(self):
        shown = self.talk("x\n/quit\nnot said\n", "sleep", "1000")
        self.assert_shown(shown, '"method":"shutdown"')
        self.assertNotIn("not said", "".join(shown))

    def test_frames_raw_and_indented(self):
        long = "x" * 300
        self.assert_shown(self.talk(f"{long}\n", "cat", options=["--raw"]),
                          f'"result":{{"text":"{long}"}}')
        self.assert_shown(self.talk("x\n", "cat", options=["--pretty"]), "← {",
                          "  \"result\": {")

    def test_a_child_that_does_not_start(self):
        self.talk("x\n", "no-such-program", code=1)
        self.assertIn("refused to start: the program no-such-program was not found", self.errors)
        self.talk("x\n", command=["false"], code=1)
        self.assertIn("did not start: it exited with code 1", self.errors)

    def test_a_child_that_ends_by_itself(self):
        self.talk("x\n", "sh", "-c", "kill -9 $PPID", code=1)
        self.assertIn("ended by itself: it was ended by SIGKILL", self.errors)

    def test_a_folder_that_is_none(self):
        done = subprocess.run([CHATD, "child", "run", self.home], capture_output=True, text=True,
                              timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn("expected a folder with a manifest.toml", done.stderr)

    def test_colours_at_a_terminal_alone(self):
        folder = self.write_child("cat")
        for variables, has_colours in (({"TERM": "xterm"}, True),
                                       ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
            ours, theirs = pty.openpty()
            with subprocess.Popen([CHATD, "child", "run", folder], stdin=subprocess.PIPE,
                                  stdout=theirs, env={**os.environ, **variables}) as run:
                os.close(theirs)
                run.stdin.close()
                shown = b""
                try:
                    while part := os.read(ours, 4096):
                        shown += part
                except OSError:
                    pass  # how a terminal ends
                self.assertEqual(run.wait(WAIT_S), 0)
            os.close(ours)
            self.assertEqual(b"\x1b[36m" in shown, has_colours, shown)


del ExecCase  # the base of the cases above and none itself

if __name__ == "__main__":
    unittest.main()
