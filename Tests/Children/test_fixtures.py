"""The fixture children: the good ones keep the rules, each faulty one has the fault in its name."""

import contextlib
import os
import re
import signal
import tempfile
import time
import unittest

from drive import REFUSED, Chatd, Unexpected
from rules import ROOT, Rules

FIXTURES = os.path.join(ROOT, "Tests", "Fixtures", "children")


class Good(Rules):
    """A fixture whose every answer is right."""

    @property
    def folder(self):
        return os.path.join(FIXTURES, self.name)


class TestEcho(Good, unittest.TestCase):
    name = "echo"

    def test_it_tells_how_it_was_asked(self):
        chatd = self.ready(generation=7)
        earlier = [chatd.message(text)["message"] for text in "ab"]
        reply = chatd.ask("message", {**chatd.message("grüße", attempt=2), "context": earlier})
        self.assertEqual(reply["result"], {"text": "echo: grüße", "data": {
            "attempt": 2, "generation": 7, "pid": chatd.process.pid, "deadline_ms": 5000,
            "context": 2}})


class TestSaver(Good, unittest.TestCase):
    name = "saver"

    def test_it_counts_on_after_a_restart(self):
        first = self.ready()
        self.assertEqual(first.say("a")["text"], "count: 1")
        self.assertEqual(first.say("b")["text"], "count: 2")
        self.assertEqual(first.shut_down(), 0)
        second = self.ready(state=first.state, generation=2)
        self.assertEqual(second.say("c"), {"text": "count: 3", "data": {"count": 3}})

    def test_what_comes_while_it_saves_is_answered_after(self):
        chatd = self.ready()
        asked = [chatd.request("message", chatd.message("a")) for _ in range(3)]
        asked.append(chatd.request("ping", {}))
        chatd.write(b"".join(frame for _, frame in asked))
        answers = [chatd.answer_to(request_id)["result"] for request_id, _ in asked]
        self.assertEqual([answer.get("text") for answer in answers],
                         ["count: 1", "count: 2", "count: 3", None])


class TestNimble(Good, unittest.TestCase):
    name = "nimble"

    def test_it_answers(self):
        self.assertEqual(self.ready().say("a"), {"text": "here"})


class TestGlutton(Good, unittest.TestCase):
    name = "glutton"

    def test_it_takes_what_it_is_told_to(self):
        chatd = self.ready()
        for wish in ("memory 5", "tree 8", "files 9", "file 1"):
            self.assertEqual(chatd.say(wish)["text"], "burp")
        self.assertEqual(chatd.say("status")["data"]["Name"], "python3")
        self.assertIsNone(chatd.say("nothing"))


class TestDeclines(Good, unittest.TestCase):
    name = "declines"

    def test_it_declines_in_every_way(self):
        chatd = self.ready()
        answers = [chatd.ask("message", chatd.message("hello")) for _ in range(4)]
        self.assertEqual([a.get("result", "error") for a in answers],
                         [None, {}, {"decline": True}, "error"])
        self.assertEqual(answers[3]["error"]["code"], -32601)


class Fixture(unittest.TestCase):
    def child(self, name, **options):
        return self.enterContext(Chatd(os.path.join(FIXTURES, name), **options))

    def ready(self, name, **options):
        chatd = self.child(name, **options)
        self.assertIn("result", chatd.initialize())
        return chatd

    def asked(self, name, content="hello", **options):
        """A child that was sent a message, and the id of that request."""
        chatd = self.ready(name, **options)
        request_id, frame = chatd.request("message", chatd.message(content))
        chatd.write(frame)
        return chatd, request_id

    def assert_breaks(self, chatd, request_id, reason):
        with self.assertRaisesRegex(Unexpected, reason):
            chatd.answer_to(request_id)


class TestSilence(Fixture):
    def test_hang_answers_pings_and_no_message(self):
        chatd, _ = self.asked("hang")
        chatd.log.wait_for("I shall not answer")
        self.assertEqual(chatd.ask("ping", {})["result"], {})
        self.assertTrue(chatd.is_silent())
        self.assertEqual(chatd.shut_down(), 0)

    def test_deaf_answers_nothing_and_ends_by_a_signal_alone(self):
        chatd, _ = self.asked("deaf")
        chatd.log.wait_for("deaf from now on")
        chatd.write(chatd.request("ping", {})[1])
        chatd.connection.close()
        self.assertIsNone(chatd.process.poll())
        chatd.process.terminate()
        self.assertEqual(chatd.exit_code(), -signal.SIGTERM)

    def test_late_answers_after_its_deadline(self):
        chatd = self.ready("late")
        started = time.monotonic()
        self.assertEqual(chatd.say("hello"), {"text": "sorry, I am late"})
        self.assertGreater(time.monotonic() - started, 0.3)

    def test_slow_takes_as_long_as_the_message_or_its_configuration_says(self):
        chatd = self.ready("slow", config={"delay_ms": 1})
        self.assertEqual(chatd.say("hello")["text"], "after 1 ms")
        self.assertEqual(chatd.say("slow:20")["text"], "after 20 ms")
        self.assertEqual(self.ready("slow").say("hello")["text"], "after 300 ms")

    def test_never_connects_runs_without_a_connection(self):
        chatd = self.child("never-connects")
        chatd.log.wait_for("not connecting")
        chatd.listener.settimeout(0)
        with self.assertRaises(BlockingIOError):
            chatd.accept()
        self.assertIsNone(chatd.process.poll())


class TestDeath(Fixture):
    def assert_dies(self, chatd, code):
        self.assertEqual(chatd.exit_code(), code)
        self.assertIsNone(chatd.read())

    def test_crash_ends_as_the_message_says(self):
        for content, code in (
            ("crash", 1), ("please crash 42 now", 42),
            ("crash SIGKILL", -signal.SIGKILL), ("crash SIGABRT", -signal.SIGABRT),
        ):
            chatd = self.ready("crash")
            self.assertEqual(chatd.say("hello")["text"], "still here")
            chatd.write(chatd.request("message", chatd.message(content))[1])
            self.assert_dies(chatd, code)

    def test_crash_always_dies_of_a_segmentation_fault(self):
        chatd, _ = self.asked("crash-always")
        self.assert_dies(chatd, -signal.SIGSEGV)

    def test_those_that_exit_do_so_before_they_connect(self):
        for name, code, line in (("exit-at-once", 3, "nothing for me"), ("exit-78", 78, "token")):
            chatd = self.child(name)
            self.assertEqual(chatd.exit_code(), code)
            chatd.log.wait_for(line)
            chatd.listener.settimeout(0)
            self.assertRaises(BlockingIOError, chatd.accept)

    def test_init_error_says_why_it_can_not_start(self):
        chatd = self.child("init-error")
        self.assertIn("city is missing", chatd.initialize()["error"]["message"])

    def test_ignores_term_ends_by_sigkill_alone(self):
        chatd = self.ready("ignores-term")
        self.assertEqual(chatd.say("hello")["text"], "heard")
        chatd.write(chatd.request("shutdown", {"deadline_ms": 300, "reason": "stop"})[1])
        chatd.log.wait_for("ignoring shutdown")
        self.assertTrue(chatd.is_silent())
        chatd.connection.close()
        chatd.process.terminate()
        chatd.log.wait_for("ignoring SIGTERM")
        self.assertIsNone(chatd.process.poll())
        chatd.process.kill()
        self.assertEqual(chatd.exit_code(), -signal.SIGKILL)


class TestFrames(Fixture):
    def test_half_frame_breaks_off_and_waits_for_us(self):
        chatd, request_id = self.asked("half-frame")
        self.assert_breaks(chatd, request_id, r"ends after \d+ of \d+ bytes")
        self.assertIsNone(chatd.process.poll())
        chatd.connection.close()
        self.assertEqual(chatd.exit_code(), 0)

    def test_huge_length_announces_4_gib(self):
        chatd, request_id = self.asked("huge-length")
        self.assert_breaks(chatd, request_id, "a frame of 4294967295 bytes")

    def test_zero_length_sends_nothing_and_more(self):
        chatd, request_id = self.asked("zero-length")
        self.assert_breaks(chatd, request_id, "a frame of 0 bytes")
        self.assertIn("too late", chatd.answer_to(request_id)["result"]["text"])

    def test_not_json_sends_three_frames_of_garbage(self):
        chatd, request_id = self.asked("not-json", config={"frames": 5})
        for _ in range(5):
            with self.assertRaises((ValueError, Unexpected)):
                chatd.answer_to(request_id)
        chatd.log.wait_for("garbage sent")
        self.assertTrue(chatd.is_silent())
        self.assertEqual(self.ready("not-json").config, {"frames": 3})

    def test_too_long_answers_with_2_mib(self):
        chatd, request_id = self.asked("too-long")
        header, body = chatd._read_exactly(4), chatd._read_exactly(2 * 1024 * 1024)
        self.assertEqual(int.from_bytes(header, "big"), len(body))
        self.assertTrue(body.startswith(b'{"jsonrpc":"2.0","id":%d,"result":' % request_id))
        self.assertTrue(body.endswith(b'a"}}'))
        self.assertEqual(chatd.ask("ping", {})["result"], {})

    def test_wrong_id_answers_what_was_not_asked(self):
        chatd, request_id = self.asked("wrong-id")
        self.assert_breaks(chatd, request_id, "an answer to 1000002")
        self.assertEqual(chatd.ask("ping", {})["result"], {})


class TestGrandchildren(Fixture):
    def started(self, name, **options):
        """A child with a grandchild, and that one's pid; it is ended when the test is."""
        chatd = self.ready(name, **options)
        pid = int(chatd.log.wait_for("grandchild ").split()[1])
        self.addCleanup(self.kill, pid)
        self.assertEqual(chatd.say("hello"), {"text": f"grandchild {pid}", "data": {"pid": pid}})
        return chatd, pid

    def kill(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def test_a_grandchild_stays_in_its_session_and_outlives_it(self):
        chatd, pid = self.started("grandchild")
        self.assertEqual(os.getsid(pid), chatd.process.pid)
        self.assertEqual(chatd.shut_down(), 0)
        os.kill(pid, 0)

    def test_a_daemon_leaves_its_session_and_outlives_it(self):
        chatd, pid = self.started("daemonised")
        self.assertNotEqual(os.getsid(pid), chatd.process.pid)
        self.assertNotEqual(os.getsid(pid), pid, "it forked twice: it leads no session")
        self.assertEqual(os.readlink(f"/proc/{pid}/fd/2"), "/dev/null")
        self.assertEqual(chatd.shut_down(), 0)
        os.kill(pid, 0)

    def test_the_pid_is_left_where_the_test_wants_it(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "grandchild.pid")
        other = os.path.join(folder, "other")
        for name in ("grandchild", "daemonised"):
            for file, options in ((path, {"environment": {"TEST_DIR": folder}}),
                                  (other, {"config": {"pidfile": other}})):
                _, pid = self.started(name, **options)
                with open(file, encoding="ascii") as written:
                    self.assertEqual(int(written.read()), pid)
                os.unlink(file)
                self.assertEqual(os.listdir(folder), [])


class TestPowers(Fixture):
    def test_partial_streams_its_answer(self):
        chatd, request_id = self.asked("partial", config={"parts": 4, "pause_ms": 0})
        text = chatd.answer_to(request_id)["result"]["text"]
        self.assertEqual([m for m, _ in chatd.notifications], ["partial"] * 4)
        self.assertEqual({p["id"] for _, p in chatd.notifications}, {request_id})
        self.assertEqual("".join(p["text"] for _, p in chatd.notifications).strip(), text)
        self.assertEqual(text, "part 1. part 2. part 3. part 4.")

    def test_asker_tells_the_history_or_why_there_is_none(self):
        chatd = self.ready("asker")
        chatd.history = [{**chatd.message("hello")["message"], "id": name} for name in "ab"]
        self.assertEqual(chatd.say("hello"), {"text": "2 entries", "data": {"ids": ["a", "b"]}})
        chatd.history = None
        self.assertEqual(chatd.say("hello"), {
            "text": "refused: history/get is not permitted", "data": {"code": REFUSED}})

    def test_relay_does_what_a_call_says(self):
        chatd = self.child("relay")
        with self.assertRaisesRegex(Unexpected, "'not a tool' is not of type 'object'"):
            chatd.initialize()
        wish = {"do": "echo"}
        told = chatd.ask("actor/call", {"from": "echo", "body": wish})["result"]
        self.assertEqual((told["heard"], told["from"]), (wish, "echo"))
        called = chatd.ask("tools/call", {"name": "act", "arguments": wish})["result"]
        self.assertEqual((called["isError"], called["content"][0]["type"]), (False, "text"))

    def test_haunted_does_not_start_with_what_it_saved(self):
        chatd = self.ready("haunted")
        self.assertEqual(chatd.say("good bad"), {"text": "saved"})
        self.assertEqual(chatd.state, "bad")
        with self.assertRaises(Unexpected):
            self.child("haunted", state=chatd.state).initialize()

    def test_logs_writes_in_every_way(self):
        chatd = self.ready("logs")
        self.assertEqual(chatd.say("hello"), {"text": "logged"})
        levels = [p["level"] for m, p in chatd.notifications if m == "log"]
        self.assertEqual(levels, ["debug", "info", "warning", "error"])
        for line in ("a line on standard output", "🌍", "no UTF-8: \ufffd\ufffd"):
            chatd.log.wait_for(line)
        self.assertEqual(chatd.shut_down(), 0)
        chatd.log.wait_for("no newline at the end")

    def test_floods_stderr_answers_all_the_while(self):
        chatd = self.ready("floods-stderr")
        chatd.log.wait_for("flood 0639")
        before = chatd.log.count
        self.assertEqual(chatd.say("hello")["text"], "here, in spite of all that")
        chatd.log.wait_until(before + 10_000)
        self.assertEqual(chatd.shut_down(), 0)

    def test_inspect_tells_what_it_was_given(self):
        chatd = self.ready("inspect", environment={"EXTRA": "1"})
        found = chatd.say("hello")["data"]
        self.assertEqual(sorted(found["environment"]),
                         ["CHATD_SOCKET", "EXTRA", "HOME", "LANG", "PATH", "TZ"])
        self.assertEqual(sorted(found["descriptors"]), ["0", "1", "2"])
        self.assertEqual(found["descriptors"]["0"], "/dev/null")
        self.assertEqual({found[k] for k in ("pid", "session", "group")}, {chatd.process.pid})
        self.assertEqual(found["parent"], os.getpid())
        self.assertEqual(found["folder"], chatd.folder)
        # As `nohup` or a shell's `&` leave them to us, but those that Python ignores by itself.
        ours = {s.name for s in signal.Signals if signal.getsignal(s) == signal.SIG_IGN}
        self.assertEqual(found["blocked"], [])
        self.assertEqual(set(found["ignored"]), ours - {"SIGPIPE", "SIGXFSZ"})


class TestTheFixtures(unittest.TestCase):
    def test_each_has_a_manifest_and_its_files(self):
        folders = [f for f in os.listdir(FIXTURES) if os.path.isdir(os.path.join(FIXTURES, f))]
        self.assertGreater(len(folders), 25)
        for name in folders:
            self.assertRegex(name, r"\A[a-z0-9][a-z0-9_-]{0,63}\Z")
            manifest = Chatd(os.path.join(FIXTURES, name)).manifest
            self.assertFalse(manifest.get("autostart", False), name)
            self.assertTrue(os.path.exists(os.path.join(FIXTURES, name, manifest["command"][-1])))

    def test_each_is_tried_here(self):
        with open(__file__, encoding="utf-8") as file:
            tried = set(re.findall(r'"([a-z0-9][a-z0-9-]+)"', file.read()))
        for name in os.listdir(FIXTURES):
            if os.path.isdir(os.path.join(FIXTURES, name)):
                self.assertIn(name, tried)


if __name__ == "__main__":
    unittest.main()
