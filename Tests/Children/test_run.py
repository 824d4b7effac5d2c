"""`chatd child run`: one child in the foreground, talked to through pipes and at a terminal."""

import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

from drive import WAIT_S
from filters import CHATD, HANG, Ends, ExecCase
from rules import ROOT
from terminal import Terminal

EXAMPLES = os.path.join(ROOT, "children")
FIXTURES = os.path.join(ROOT, "Tests", "Fixtures", "children")
# Sends many notifications, and then what any child answers.
FLOODS = """\
import sys
sys.path.append(sys.argv[1])
from chatd_child import Child

class Floods(Child):
    def message(self, params):
        for number in range(25_000):
            self.tell("log", {"level": "info", "message": f"frame {number}"})
        return {"text": "done"}

Floods().run()
"""
# Closes its end of the session and lives on.
CLOSES = """\
import signal
import sys
sys.path.append(sys.argv[1])
from chatd_child import Child

class Closes(Child):
    def message(self, params):
        self._frames.close()
        self._socket.close()
        signal.pause()

Closes().run()
"""


class RunCase(ExecCase):
    """Runs children at a terminal."""

    def terminal(self, folder, *options, **variables):
        return self.enterContext(Terminal([CHATD, "child", "run", folder, *options], variables))

    def copied(self, name, *changes):
        """A copy of a fixture, with its manifest changed: (what stands there, what shall)."""
        shutil.copy(os.path.join(FIXTURES, "chatd_child.py"), self.home)
        folder = shutil.copytree(os.path.join(FIXTURES, name), os.path.join(self.home, name))
        self.change(folder, *changes)
        return folder

    def change(self, folder, *changes):
        """Changes the manifest in a folder."""
        path = os.path.join(folder, "manifest.toml")
        with open(path, encoding="utf-8") as file:
            manifest = file.read()
        for old, new in changes:
            self.assertIn(old, manifest)
            manifest = manifest.replace(old, new)
        with open(path, "w", encoding="utf-8") as file:
            file.write(manifest)

    def written(self, script, **options):
        """A child of a shell script that says where its socket is."""
        command = ["sh", "-c", f"echo socket $CHATD_SOCKET >&2; {script}"]
        return self.write_child(command=command, **options)

    def process(self, terminal):
        """The child's process, of which `terminal` tells."""
        terminal.expect("it was started as process ")
        return int(re.match(r"\d+", terminal.expect("\r\n"))[0])

    def socket(self, terminal):
        """The folder of the child's socket, of which `written` tells."""
        terminal.expect("socket /tmp/")
        return "/tmp/" + os.path.dirname(terminal.expect("/s"))


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

    def test_no_more_at_a_time_than_the_manifest_says(self):
        shown = self.talk("".join(f"{n}\n" for n in range(5)), "cat")
        turns = re.findall(r'→ .*"method":"message"|(← .*"text":)', "\n".join(shown))
        self.assertEqual([bool(answer) for answer in turns], [False, True] * 5, shown)

    def test_a_message_that_is_too_long_is_not_said(self):
        folder = self.write_child("cat")
        with open(os.path.join(folder, "manifest.toml"), "a", encoding="utf-8") as file:
            file.write("max_bytes = 3\n")
        done = subprocess.run([CHATD, "child", "run", folder], input="four\nabc\n", text=True,
                              capture_output=True, timeout=4 * WAIT_S, check=False)
        self.assertEqual(done.returncode, 0, done)
        self.assert_shown(done.stdout.splitlines(), "not said: 4 bytes; messages.max_bytes = 3",
                          "= 2 abc")

    def test_what_is_never_answered_is_given_up_and_fails(self):
        done = subprocess.run(
            [CHATD, "child", "run", os.path.join(FIXTURES, "hang")], input="one\ntwo\n", text=True,
            capture_output=True, timeout=4 * WAIT_S, check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("hang: 2 unanswered within 1 s", done.stderr)
        self.assert_shown(done.stdout.splitlines(), "message 2: timed out after 300 ms",
                          '"method":"message"', "message 2: given up after 1 s",
                          '"method":"cancel","params":{"id":2}', "message 3: given up")

    def test_however_much_happens_the_newest_is_shown(self):
        shown = self.talk(
            "x\n", command=["sh", "-c", "seq 200000 >&2; exec chatd child exec -- cat"])
        numbers = [int(line.split()[-1]) for line in shown if " err " in line]
        lost = sum(int(line.split()[1]) for line in shown if "more came faster" in line)
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreaterEqual(len(numbers) + lost, 200_000)
        self.assert_shown(shown, "err 200000")
        self.assert_shown(shown, '→ {"jsonrpc":"2.0","id":2', "= 2 x", "exited with code 0")

    def test_however_many_frames_it_sends_it_goes_on(self):
        shown = self.talk("x\ny\n", command=["python3", "-B", "main.py", FIXTURES],
                          files={"main.py": FLOODS})
        self.assert_shown(shown, "frame 24999", '"text": "done"', "= 2 done")
        self.assert_shown(shown, "= 2 done", "frame 24999", "= 3 done", "exited with code 0")

    def test_what_it_does_against_the_protocol(self):
        done = subprocess.run(
            [CHATD, "child", "run", os.path.join(FIXTURES, "wrong-id")], input="x\n/quit\n",
            text=True, capture_output=True, timeout=4 * WAIT_S, check=False)
        self.assert_shown(done.stdout.splitlines(), "! against the protocol: it answered request")

    def test_nobody_who_looks_is_the_end(self):
        folder = self.write_child("cat")
        with subprocess.Popen([CHATD, "child", "run", folder], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as run:
            child = Ends(int(run.stdout.readline().split()[-1]))
            run.stdout.close()
            run.stdin.write("x\n")
            run.stdin.flush()
            self.assertTrue(child.all_come())
            self.assertEqual(run.wait(WAIT_S), -signal.SIGPIPE)

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


class TestRunAtTerminal(RunCase):
    def test_examples_are_talked_to(self):
        for child, talk in {
            "sentiment": [("I love this", "= 2 ", "love")],
            "poll": [("poll: Lunch? pizza, pasta", "= 2 ", "pizza – **0**"),
                     ("vote 2", "= 3 ", "pasta – **1**"), ("close poll", "= 4 ", "Closed")],
        }.items():
            terminal = self.terminal(os.path.join(EXAMPLES, child))
            terminal.expect("ready")
            for line, *shown in talk:
                terminal.type(line)
                for part in shown:
                    terminal.expect(part)
            terminal.press("\x04")
            self.assertEqual(terminal.end(), 0)
            self.assertIn("\x1b[36m", terminal.shown)
            self.assertIn("it exited with code 0", terminal.shown)

    def test_a_death_is_told_while_nobody_types(self):
        terminal = self.terminal(os.path.join(FIXTURES, "crash"))
        process = self.process(terminal)
        terminal.expect("ready")
        os.kill(process, signal.SIGKILL)
        terminal.expect("crash ended by itself: it was ended by SIGKILL")
        terminal.expect("/restart starts it again, Ctrl-D ends")
        terminal.type("hello")
        terminal.expect("it has ended; /restart")
        terminal.press("\x04")
        self.assertEqual(terminal.end(), 1)
        self.assertIn("chatd: crash ended by itself: it was ended by SIGKILL", terminal.shown)

    def test_a_child_that_has_ended_is_started_again(self):
        terminal = self.terminal(os.path.join(FIXTURES, "crash"))
        terminal.expect("ready")
        terminal.type("crash 42")
        terminal.expect("1 unanswered")
        terminal.expect("crash ended by itself: it exited with code 42")
        terminal.type("/restart")
        terminal.expect('"generation":2')
        terminal.expect("ready")
        terminal.type("hello")
        terminal.expect("= 2 still here")
        terminal.press("\x04")
        self.assertEqual(terminal.end(), 0)

    def test_one_that_closes_and_stays_is_ended(self):
        folder = self.write_child(command=["python3", "-B", "main.py", FIXTURES],
                                  files={"main.py": CLOSES})
        with open(os.path.join(folder, "manifest.toml"), "a", encoding="utf-8") as file:
            file.write("[stop]\ndrain_ms = 100\n")
        terminal = self.terminal(folder)
        process = self.process(terminal)
        terminal.expect("ready")
        child = Ends(process)
        terminal.type("hello")
        terminal.expect("ended by itself: it closed the connection and did not exit within 100 ms")
        self.assertTrue(child.all_come())
        terminal.press("\x04")
        self.assertEqual(terminal.end(), 1)

    def test_a_restart_keeps_what_was_saved(self):
        terminal = self.terminal(os.path.join(FIXTURES, "saver"))
        process = self.process(terminal)
        terminal.expect("ready")
        for count in (1, 2):
            terminal.type("hello")
            terminal.expect(f"= 2 count: {count}")
            child = Ends(process)
            terminal.type("/restart")
            terminal.expect("it exited with code 0")
            self.assertTrue(child.all_come())
            process = self.process(terminal)
            terminal.expect(f'"generation":{count + 1}')
            terminal.expect("ready")
        terminal.press("\x04")
        self.assertEqual(terminal.end(), 0)

    def test_a_restart_takes_the_folder_as_it_is_then(self):
        folder = self.write_child("cat")
        terminal = self.terminal(folder)
        terminal.expect("ready")
        for right, wrong, complaint in (("command", "comand", "comand: unknown key"),
                                        ('"cat"', '"no-such"', "no-such was not found"),
                                        ('"chatd"', '"false"', "exited with code 1")):
            self.change(folder, (right, wrong))
            terminal.type("/restart")
            terminal.expect("! ")
            terminal.expect(complaint)
            terminal.expect("/restart starts it again")
            self.change(folder, (wrong, right))
        self.change(folder, ('"cat"', '"wc", "-w"'))
        terminal.type("/restart")
        terminal.expect("ready")
        terminal.type("two words")
        terminal.expect("= 2 2")
        terminal.type("/quit")
        self.assertEqual(terminal.end(), 0)

    def test_the_end_of_input_waits_at_a_terminal_too(self):
        fifo = os.path.join(self.home, "gate")
        os.mkfifo(fifo)
        terminal = self.terminal(self.write_child("cat", fifo))
        terminal.expect("ready")
        terminal.type("hello")
        terminal.expect('→ {"jsonrpc":"2.0","id":2')
        terminal.press("\x04")
        with open(fifo, "w", encoding="utf-8") as gate:  # once the program reads
            gate.write("opened")
        terminal.expect("= 2 opened")
        self.assertEqual(terminal.end(), 0)

    def test_a_signal_ends_the_child_and_all_below_it(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                terminal = self.terminal(self.written(f"exec chatd child exec -- sh -c '{HANG}'"))
                process = self.process(terminal)
                folder = self.socket(terminal)
                terminal.expect("ready")
                terminal.type("hello")
                terminal.expect("err hangs")
                below = Ends(process, *map(int, terminal.expect("\r\n").split("\x1b")[0].split()))
                self.assertTrue(os.path.isdir(folder))
                if number == signal.SIGINT:
                    terminal.press("\x03")
                else:
                    terminal.process.send_signal(number)
                self.assertEqual(terminal.end(), -number)
                self.assertTrue(below.all_come())
                self.assertFalse(os.path.exists(folder))
                self.assertEqual(terminal.modes_now(), terminal.modes)
                self.assertIn('"method":"shutdown"', terminal.shown)
                self.assertTrue(terminal.shown.endswith("\x1b[0m\r\n"), terminal.shown)

    def test_a_second_signal_waits_for_nothing(self):
        # So patient that the test would not last until it was over.
        patience = ("drain_ms = 300", "drain_ms = 600000")
        terminal = self.terminal(self.copied("ignores-term", patience))
        process = self.process(terminal)
        terminal.expect("ready")
        child = Ends(process)
        terminal.press("\x03")
        terminal.expect("a second time ends it at once")
        terminal.press("\x03")
        self.assertEqual(terminal.end(), -signal.SIGINT)
        self.assertTrue(child.all_come())

    def test_a_signal_ends_one_that_does_not_start(self):
        terminal = self.terminal(self.written("exec sleep 1000"))
        process = self.process(terminal)
        folder = self.socket(terminal)
        child = Ends(process)
        terminal.press("\x03")
        self.assertEqual(terminal.end(), -signal.SIGINT)
        self.assertTrue(child.all_come())
        self.assertFalse(os.path.exists(folder))


del ExecCase, RunCase  # the bases of the cases above and none themselves

if __name__ == "__main__":
    unittest.main()
