"""`chatd child exec`: programs that know nothing of the protocol, as children."""

import os
import signal
import subprocess
import unittest

from drive import WAIT_S
from filters import CHATD, HANG, PLACES, Adapted, ExecCase


class TestOneProcessAMessage(ExecCase):
    def test_wc(self):
        chatd = self.ready("wc", "-w")
        self.assertEqual(chatd.say("three little words"), {"text": "3"})
        self.assertEqual(chatd.say("grüße 🌍"), {"text": "2"})

    def test_a_script_of_two_lines_beside_the_manifest(self):
        chatd = self.ready("./shout.sh", files={"shout.sh": "#!/bin/sh\ntr a-z A-Z\n"})
        self.assertEqual(chatd.say("hello\nyou"), {"text": "HELLO\nYOU"})

    def test_sed_and_one_trailing_newline(self):
        chatd = self.ready("sed", "s/cat/dog/")
        self.assertEqual(chatd.say("a cat\n"), {"text": "a dog"})
        self.assertEqual(chatd.say("a cat\n\n"), {"text": "a dog\n"})

    def test_no_output_declines(self):
        chatd = self.ready("true")
        self.assertIsNone(chatd.ask("message", chatd.message("x"))["result"])
        self.assertIsNone(self.ready("echo").say("hello"))

    def test_a_megabyte_goes_through(self):
        chatd = self.ready("cat")
        for text in ("x" * 1_000_000, "ü" * 500_000, "🎲" * 250_000):
            self.assertEqual(chatd.say(text)["text"], text)

    def test_what_fits_no_frame_is_an_error_that_says_so(self):
        chatd = self.ready("cat")
        for text in ("x" * (1 << 20), "\n" * 600_000, "\x01" * 200_000):
            self.assertIn("1048576 bytes", self.failure(chatd, text))
        self.assertEqual(chatd.say("short"), {"text": "short"})

    def test_a_program_need_not_read(self):
        long = "x" * 1_000_000
        self.assertEqual(self.ready("echo", "hi").say(long), {"text": "hi"})
        self.assertEqual(self.shell("exec 0<&-; echo hi").say(long), {"text": "hi"})
        self.assertEqual(self.ready("head", "-c", "3").say(long), {"text": "xxx"})

    def test_bytes_that_are_no_utf_8_are_repaired(self):
        self.assertEqual(self.shell(r"printf 'a\377b\303'").say("x"), {"text": "a\ufffdb\ufffd"})

    def test_a_failure_is_the_last_line_of_the_errors(self):
        chatd = self.shell("echo first >&2; echo '  no such city ' >&2; echo >&2; exit 3")
        self.assertEqual(self.failure(chatd), "no such city")
        chatd.log.wait_for("first")
        self.assertEqual(self.failure(self.shell("printf 'no newline' >&2; false")), "no newline")

    def test_a_failure_without_a_word(self):
        self.assertEqual(self.failure(self.shell("echo out; exit 3")), "sh exited with 3")
        self.assertEqual(self.failure(self.shell("kill -9 $$")), "sh was ended by SIGKILL")
        self.assertEqual(self.failure(self.shell("kill -SEGV $$")), "sh was ended by SIGSEGV")

    def test_errors_of_a_program_that_succeeds_are_its_log(self):
        chatd = self.shell("echo beware >&2; echo fine")
        self.assertEqual(chatd.say("x"), {"text": "fine"})
        chatd.log.wait_for("beware")

    def test_what_a_program_is_told(self):
        chatd = self.ready("env", timeout_ms=12_345)
        variables = dict(line.split("=", 1) for line in chatd.say("x")["text"].splitlines())
        self.assertEqual({name: value for name, value in variables.items() if "CHATD" in name}, {
            "CHATD_MESSAGE_ID": chatd.message("x")["message"]["id"], "CHATD_THREAD": "main",
            "CHATD_ROLE": "user", "CHATD_DEADLINE_MS": "12345"})
        self.assertEqual(variables["TZ"], "UTC")
        self.assertIn("CHATD_ROLE=assistant", chatd.say("x", "assistant")["text"])

    def test_a_program_inherits_nothing_else(self):
        run = "exec chatd child exec -- {} 7</dev/null"
        command = ["sh", "-c", f"trap '' USR1 TERM; {run.format('ls /proc/self/fd')}"]
        listed = self.ready(command=command).say("x")["text"]
        self.assertEqual(listed.split(), ["0", "1", "2", "3"], "3 is the folder itself")
        command[2] = f"trap '' USR1 TERM; {run.format('cat /proc/self/status')}"
        lines = self.ready(command=command).say("x")["text"].splitlines()
        told = dict(line.split(":\t") for line in lines)
        self.assertEqual(told["NSpgid"], told["Pid"], "it leads a group of its own")
        for name in ("SigBlk", "SigIgn"):
            ours = int(told[name], 16) & ~(0b11 << 31)  # those two are the C library's
            self.assertEqual(ours, 0, name)

    def test_a_flood_is_cut_off(self):
        chatd = self.shell("echo hangs $$ >&2; yes")
        request_id = self.send(chatd)
        ends = self.hanging(chatd)
        self.assertIn("1048576 bytes", chatd.answer_to(request_id)["error"]["message"])
        self.assertTrue(ends.all_come())

    def test_a_flood_of_errors_keeps_nothing_from_being_answered(self):
        chatd = self.shell(f"echo hangs $$ >&2; yes {'x' * 100} >&2")
        request_id = self.send(chatd)
        ends = self.hanging(chatd)
        chatd.log.wait_until(5_000)  # more than any pipe holds
        self.assert_alive(chatd)
        chatd.notify("cancel", {"id": request_id})
        self.assertTrue(ends.all_come())
        self.assert_alive(chatd)

    def test_twenty_at_once(self):
        chatd = self.ready("cat")
        requests = [chatd.request("message", chatd.message(f"number {n}")) for n in range(20)]
        chatd.write(b"".join(frame for _, frame in requests))
        for n, (request_id, _) in reversed(list(enumerate(requests))):
            self.assertEqual(chatd.answer_to(request_id)["result"], {"text": f"number {n}"})

    def test_many_that_hang_leave_room_for_none_and_are_ended_together(self):
        chatd = self.shell("echo up >&2; exec sleep 1000", timeout_ms=30_000)
        ids = [self.send(chatd) for _ in range(40)]
        chatd.log.wait_until(32)
        self.assert_alive(chatd)
        for request_id in ids[:32]:
            chatd.notify("cancel", {"id": request_id})
        chatd.log.wait_until(40)
        self.assert_alive(chatd)

    def test_more_than_it_can_hold_is_refused(self):
        chatd = self.shell("exec sleep 1000")
        ids = [self.send(chatd) for _ in range(257)]
        self.assertIn("256 messages", chatd.answer_to(ids[-1])["error"]["message"])

    def test_a_message_without_content_is_refused(self):
        answer = self.ready("cat").ask("message", {"message": {}}, is_right=False)
        self.assertEqual(answer["error"], {"code": -32602, "message":
                                           "message.content: expected a string"})


class TestTheEndOfAProgram(ExecCase):
    def test_it_may_hang_while_chatd_is_answered(self):
        chatd = self.shell(HANG)
        self.send(chatd)
        ends = self.hanging(chatd)
        self.assert_alive(chatd)
        self.assertEqual(chatd.ask("weather/forecast", {})["error"]["code"], -32601)
        self.assertEqual(chatd.shut_down(), 0)
        self.assertTrue(ends.all_come())

    def test_the_deadline_ends_its_group(self):
        chatd = self.shell(HANG, timeout_ms=1500)
        request_id = self.send(chatd)
        ends = self.hanging(chatd)
        self.assertEqual(chatd.answer_to(request_id)["error"]["message"],
                         "no answer within 1500 ms: sh was ended")
        self.assertTrue(ends.all_come())
        self.assert_alive(chatd)

    def test_cancel_ends_its_group_and_nothing_is_said(self):
        chatd = self.shell(HANG)
        request_id = self.send(chatd)
        ends = self.hanging(chatd)
        chatd.notify("cancel", {"id": request_id})
        self.assertTrue(ends.all_come())
        self.assert_alive(chatd)
        self.assertTrue(chatd.is_silent())

    def test_cancel_of_another_ends_nothing(self):
        chatd = self.shell("cat; echo up >&2; read line < answer")
        os.mkfifo(os.path.join(chatd.folder, "answer"))
        request_id = self.send(chatd, "hello")
        chatd.log.wait_for("up")
        for other in (request_id + 1, str(request_id), None):
            chatd.notify("cancel", {"id": other}, is_right=isinstance(other, int))
        self.assert_alive(chatd)
        with open(os.path.join(chatd.folder, "answer"), "w", encoding="utf-8") as file:
            file.write("go\n")
        self.assertEqual(chatd.answer_to(request_id)["result"], {"text": "hello"})

    def test_the_end_of_the_stream_ends_its_group(self):
        chatd = self.shell(HANG)
        self.send(chatd)
        ends = self.hanging(chatd)
        chatd.connection.close()
        self.assertTrue(ends.all_come())
        self.assertEqual(chatd.exit_code(), 0)

    def test_a_signal_ends_its_group(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            chatd = self.shell(HANG)
            self.send(chatd)
            ends = self.hanging(chatd)
            chatd.process.send_signal(number)
            self.assertTrue(ends.all_come())
            self.assertEqual(chatd.exit_code(), -number)

    def test_what_it_leaves_in_its_group_ends_with_it(self):
        chatd = self.shell("sleep 1000 & echo hangs $! >&2; echo done")
        request_id = self.send(chatd)
        self.assertEqual(chatd.answer_to(request_id)["result"], {"text": "done"})
        self.assertTrue(self.hanging(chatd).all_come())

    def test_none_is_left_a_zombie(self):
        chatd = self.ready("cat")
        for n in range(10):
            chatd.say(f"{n}")
        threads = f"/proc/{chatd.process.pid}/task"
        children = ""
        for thread in os.listdir(threads):
            with open(f"{threads}/{thread}/children", encoding="ascii") as file:
                children += file.read()
        self.assertEqual(children, "")

    def test_what_it_inherits_is_reaped(self):
        become = ("import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1); "
                  "os.execvp('chatd', ['chatd', 'child', 'exec', '--', *sys.argv[1:]])")
        leave = "setsid sh -c 'echo hangs $$ >&2; read x < gate' & sleep 1000 | cat gate"
        chatd = self.started(command=["python3", "-c", become, "sh", "-c", leave])
        os.mkfifo(os.path.join(chatd.folder, "gate"))
        chatd.initialize()
        request_id = self.send(chatd)
        ends = self.hanging(chatd)
        chatd.notify("cancel", {"id": request_id})
        self.assert_alive(chatd)
        with open(os.path.join(chatd.folder, "gate"), "w", encoding="ascii") as gate:
            gate.write("go\n")
        self.assertTrue(ends.all_come())
        for _ in range(10_000):
            self.assert_alive(chatd)
            if not os.path.exists(f"/proc/{ends.pids[0]}"):
                return
        self.fail("it is a zombie")


class TestWhereItCanNotRun(ExecCase):
    def refusal(self, *words, **options):
        return self.started(*words, **options).initialize()["error"]["message"]

    def test_a_program_that_is_not_there_is_named_at_the_start(self):
        for flags in ((), ("--lines",)):
            message = self.refusal("no-such-program", "-x", flags=flags)
            self.assertIn("the program no-such-program was not found on PATH", message)
            self.assertEqual(self.refusal("./missing.sh", flags=flags),
                             "the program ./missing.sh was not found")

    def test_a_program_that_can_not_be_run_is_named_at_the_start(self):
        folder = self.write_child("./notes.txt", files={"notes.txt": "hello"})
        os.chmod(os.path.join(folder, "notes.txt"), 0o644)
        chatd = self.enterContext(Adapted(folder, path=PLACES))
        self.assertIn("./notes.txt is not executable", chatd.initialize()["error"]["message"])
        self.assertEqual(self.refusal("./"), "the program ./ is not a file")

    def test_a_script_without_its_first_line(self):
        files = {"bare": "echo hello\n", "lost": "#!/no/such/interpreter\n"}
        for name, words in (("./bare", "#!/bin/sh"), ("./lost", "first line")):
            self.assertIn(words, self.failure(self.ready(name, files=files)))
            self.assertIn(words, self.refusal(name, files=files, flags=["--lines"]))

    def usage(self, *words, **environment):
        path = {"PATH": os.pathsep.join([*PLACES, os.environ["PATH"]])}
        done = subprocess.run([CHATD, "child", "exec", *words], env={**path, **environment},
                              capture_output=True, text=True, timeout=WAIT_S, check=False)
        self.assertEqual((done.returncode, done.stdout), (64, ""))
        return done.stderr

    def test_without_a_program(self):
        self.assertIn("expected a program after --", self.usage())
        self.assertIn("expected a program after --", self.usage("--"))

    def test_without_chatd(self):
        errors = self.usage("--json", "--", "jq", '"a b"')
        self.assertIn("chatd starts this: put it into a manifest's command", errors)
        self.assertIn(r'command = ["chatd", "child", "exec", "--json", "--", "jq", "\"a b\""]',
                      errors)

    def test_flags_that_exclude_one_another(self):
        for flags in (["--json", "--lines"], ["--partial", "--lines"], ["--partial", "--json"]):
            self.assertIn("expected one of", self.usage(*flags, "--", "cat", CHATD_SOCKET="x"))

    def test_a_socket_that_is_not_there(self):
        done = subprocess.run([CHATD, "child", "exec", "--", "cat"],
                              env={"CHATD_SOCKET": "/no/such/socket"},
                              capture_output=True, text=True, timeout=WAIT_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/no/such/socket", done.stderr)


del ExecCase  # the base of the cases above and none itself

if __name__ == "__main__":
    unittest.main()
