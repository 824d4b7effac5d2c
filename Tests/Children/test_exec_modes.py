"""`chatd child exec` with `--json`, `--partial` and `--lines`, and the rules that hold for each."""

import json
import shutil
import signal
import unittest

from filters import HANG, PLACES, Adapted, Ends, ExecCase
from rules import Rules

# A program that stays: it answers each line of params with the message's content in capitals.
SHOUTER = """
import json, os, signal, sys
for line in sys.stdin:
    content = json.loads(line)["message"]["content"]
    if content == "die":
        sys.exit("I died of it")
    if content == "rubbish":
        print("this is no JSON", flush=True)
    elif content == "close":
        os.close(1)
    elif content == "hang":
        os.fork()
        print("I hang:", os.getpid(), file=sys.stderr, flush=True)
        signal.pause()
    elif content == "pid":
        print(json.dumps({"text": str(os.getpid())}), flush=True)
    elif content == "nothing":
        print("null", flush=True)
    else:
        print(json.dumps({"text": content.upper()}), flush=True)
"""


class TestJSON(ExecCase):
    def test_its_output_is_the_result(self):
        chatd = self.ready("cat", flags=["--json"])
        for result in ({"text": "hi", "data": {"n": 1.0, "list": []}}, {}, {"decline": True}, None):
            written = json.dumps(result, indent=2)
            self.assertEqual(chatd.ask("message", chatd.message(written))["result"], result)
        self.assertIsNone(chatd.ask("message", chatd.message(" \n"))["result"])

    def test_what_is_none_is_said(self):
        chatd = self.ready("cat", flags=["--json"])
        for output, kind in (("42", "a number"), ('"text"', "a string"), ("[{}]", "an array"),
                             ("true", "a truth value"), ("hello", "not JSON"),
                             ('{"text":"a"} {"text":"b"}', "not JSON"), ('{"text":', "not JSON"),
                             ("[" * 100_000, "not JSON")):
            message = self.failure(chatd, output)
            self.assertIn(kind, message)
            self.assertIn("expected a JSON object or null", message)
            self.assertIn(output[:60], message)
        self.assertEqual(chatd.say('{"text":"good"}'), {"text": "good"})

    @unittest.skipUnless(shutil.which("jq"), "there is no jq on this machine")
    def test_jq(self):
        chatd = self.ready("jq", "-R", "{text: ascii_upcase}", flags=["--json"])
        self.assertEqual(chatd.say("loud"), {"text": "LOUD"})


class TestPartial(ExecCase):
    def test_lines_come_in_order_and_the_whole_at_last(self):
        chatd = self.ready("cat", flags=["--partial"])
        request_id = self.send(chatd, "one\ntwo\n\nthree")
        self.assertEqual(chatd.answer_to(request_id)["result"], {"text": "one\ntwo\n\nthree"})
        self.assertEqual(chatd.notifications, [
            ("partial", {"id": request_id, "text": text}) for text in ("one\n", "two\n", "\n")])

    def test_a_line_comes_while_the_program_runs(self):
        chatd = self.shell(f"echo thinking; {HANG}", flags=["--partial"])
        request_id = self.send(chatd)
        self.assertEqual(chatd.read()["params"], {"id": request_id, "text": "thinking\n"})
        ends = self.hanging(chatd)
        chatd.notify("cancel", {"id": request_id})
        self.assertTrue(ends.all_come())

    def test_each_line_gives_it_its_deadline_anew(self):
        slowly = "for n in 1 2 3 4 5 6; do sleep 1; echo $n; done"
        chatd = self.shell(slowly, flags=["--partial"], timeout_ms=4000)
        self.assertEqual(chatd.say("x"), {"text": "1\n2\n3\n4\n5\n6"})

    def test_a_flood_of_lines_is_cut_off(self):
        # Lines that are long, as each is a frame that is looked at.
        chatd = self.ready("yes", "x" * 999, flags=["--partial"])
        self.assertIn("1048576 bytes", self.failure(chatd))
        self.assert_alive(chatd)

    def test_a_flood_that_nobody_reads_waits(self):
        chatd = self.shell("echo hangs $$ >&2; exec yes ''", flags=["--partial"])
        self.send(chatd)
        ends = self.hanging(chatd)
        chatd.process.send_signal(signal.SIGTERM)
        self.assertTrue(ends.all_come())
        self.assertEqual(chatd.exit_code(), -signal.SIGTERM)


class TestLines(ExecCase):
    def shouter(self, **options):
        return self.ready("python3", "-c", SHOUTER, flags=["--lines"], **options)

    def test_one_process_for_all(self):
        chatd = self.shouter()
        pid = chatd.say("pid")
        self.assertEqual(chatd.say("grüße\nyou"), {"text": "GRÜSSE\nYOU"})
        self.assertIsNone(chatd.say("nothing"))
        self.assertEqual(chatd.say("pid"), pid)

    def test_the_params_are_a_line_as_they_are(self):
        chatd = self.ready("sed", "-u", "s/.*/{\"text\":\"x\",\"data\":&}/", flags=["--lines"])
        params = {**chatd.message("a\nb"), "later": [1.0, None]}
        self.assertEqual(chatd.ask("message", params)["result"]["data"], params)

    def test_twenty_at_once_are_answered_in_order(self):
        chatd = self.shouter()
        ids = [self.send(chatd, f"number {n}") for n in range(20)]
        for n, request_id in enumerate(ids):
            frame = chatd.read()
            self.assertEqual((frame["id"], frame["result"]), (request_id, {"text": f"NUMBER {n}"}))

    def test_a_line_that_is_no_json_is_an_error_and_the_process_stays(self):
        chatd = self.shouter()
        pid = chatd.say("pid")
        self.assertEqual(
            self.failure(chatd, "rubbish"),
            "python3 answered with a line that is not JSON: expected true at byte 0: "
            "this is no JSON")
        self.assertEqual(chatd.say("pid"), pid)

    def test_one_that_dies_fails_its_message_alone(self):
        chatd = self.shouter()
        pid = chatd.say("pid")
        dies, lives = self.send(chatd, "die"), self.send(chatd, "pid")
        self.assertEqual(chatd.answer_to(dies)["error"]["message"], "I died of it")
        self.assertNotEqual(chatd.answer_to(lives)["result"], pid)

    def test_one_that_closes_its_output_fails_its_message(self):
        chatd = self.shouter()
        chatd.say("hello")
        self.assertEqual(self.failure(chatd, "close"),
                         "python3 closed its output without an answer")
        self.assertEqual(chatd.say("again"), {"text": "AGAIN"})

    def test_cancel_ends_its_group_and_harms_no_other_message(self):
        chatd = self.shouter()
        hangs, waits, lives = (self.send(chatd, text) for text in ("hang", "dropped", "kept"))
        ends = Ends(int(chatd.log.wait_for("I hang").split()[-1]))
        chatd.notify("cancel", {"id": waits})
        chatd.notify("cancel", {"id": hangs})
        self.assertTrue(ends.all_come())
        self.assertEqual(chatd.answer_to(lives)["result"], {"text": "KEPT"})
        self.assertTrue(chatd.is_silent())

    def test_the_deadline_ends_it_and_the_next_message_starts_another(self):
        chatd = self.shouter(timeout_ms=3000)
        hangs = self.send(chatd, "hang")
        ends = Ends(int(chatd.log.wait_for("I hang").split()[-1]))
        self.assertEqual(chatd.answer_to(hangs)["error"]["message"],
                         "no answer within 3000 ms: python3 was ended")
        self.assertTrue(ends.all_come())
        chatd.manifest["messages"]["timeout_ms"] = 30_000
        self.assertEqual(chatd.say("again"), {"text": "AGAIN"})

    def test_one_that_never_answers_ends_the_child(self):
        chatd = self.ready("sh", "-c", "read line; echo no licence >&2; exit 3", flags=["--lines"])
        for _ in range(2):
            self.assertEqual(self.failure(chatd), "no licence")
        last = self.send(chatd)
        self.assertEqual(chatd.answer_to(last)["error"]["message"], "no licence")
        self.assertEqual(chatd.exit_code(), 1)
        chatd.log.wait_for("sh ended 3 times in a row without an answer: no licence")

    def test_one_that_answers_once_may_end_for_ever(self):
        script = "echo hangs $$ >&2; exec sed -u 's/.*/{\"text\":\"x\"}/;q'"
        chatd = self.shell(script, flags=["--lines"])
        for _ in range(10):
            self.assertEqual(chatd.say("x"), {"text": "x"})
            ends = self.hanging(chatd)
            chatd.log.lines.clear()
            self.assertTrue(ends.all_come())

    def test_a_line_too_long_is_an_error(self):
        chatd = self.ready("sh", "-c", "read line; exec tr -d '\\n' < /dev/zero", flags=["--lines"])
        self.assertIn("1048576 bytes", self.failure(chatd))
        self.assertIn("1048576 bytes", self.failure(chatd))

    def test_a_line_that_nobody_asked_for_is_dropped(self):
        chatd = self.ready("sh", "-c", "echo welcome; cat > /dev/null", flags=["--lines"])
        chatd.log.wait_for("lines that no message asked for")
        self.assert_alive(chatd)

    def test_a_second_line_answers_nothing(self):
        program = "while read line; do printf '{\"text\":\"%s\"}\\n' a b; done"
        chatd = self.ready("sh", "-c", program, flags=["--lines"])
        first, second = self.send(chatd), self.send(chatd)
        self.assertEqual(chatd.answer_to(first)["result"], {"text": "a"})
        self.assertEqual(chatd.answer_to(second)["result"], {"text": "a"})
        chatd.log.wait_for("lines that no message asked for")

    def test_an_old_line_of_its_errors_is_no_reason(self):
        chatd = self.ready("sh", "-c", "echo ready >&2; read line; exit 3", flags=["--lines"])
        chatd.log.wait_for("ready")
        self.assertEqual(self.failure(chatd), "sh exited with 3 without an answer")

    def test_one_that_closes_its_input_fails_its_message(self):
        chatd = self.ready("sh", "-c", "exec 0<&-; echo up >&2; sleep 1000", flags=["--lines"])
        chatd.log.wait_for("up")
        self.assertEqual(self.failure(chatd), "sh closed its input without an answer")

    def test_it_sees_the_end_of_its_input(self):
        chatd = self.ready("sh", "-c", "while read l; do :; done; echo bye >&2", flags=["--lines"])
        self.assertEqual(chatd.shut_down(), 0)


class ExecRules(Rules, ExecCase):
    """The rules that every good child keeps, for what a filter becomes."""

    words = ("wc", "-w")
    flags = ()

    def setUp(self):
        super().setUp()
        self.folder = self.write_child(*self.words, flags=self.flags)

    def child(self, **options):
        return Adapted(self.folder, path=PLACES, **options)


class TestRulesOfText(ExecRules):
    pass


class TestRulesOfPartial(ExecRules):
    flags = ("--partial",)


class TestRulesOfJSON(ExecRules):
    words = ("sed", "-n", '$ s/.*/{"text":"x"}/p')
    flags = ("--json",)


class TestRulesOfLines(ExecRules):
    words = ("sed", "-u", 's/.*/{"text":"x"}/')
    flags = ("--lines",)


del Rules, ExecRules, ExecCase  # bases of the cases above and none themselves

if __name__ == "__main__":
    unittest.main()
