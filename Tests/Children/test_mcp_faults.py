"""The bridge to MCP with servers that have a fault each: it is told, and nothing is left."""

import os
import signal
import unittest

from bridged import BRIDGE, Bridged
from drive import Chatd

START_MS = 1500  # of a server that never gets ready: it is waited for in vain
CALL_MS = 500  # of a call that is not answered by then
DROPPED = "the MCP server wrote a line of more than 8388608 bytes, which is dropped"


class TestWhatIsWrongWithTheConfiguration(Bridged):
    def test_it_is_told_with_its_key_and_not_tried_again(self):
        good = ["cat"]
        for config, part in (
            ({"command": []}, "[config] command is not one"), ({"command": "cat"}, "a list of"),
            ({"command": [""]}, "a list of strings"), ({"command": ["cat", 1]}, "a list of"),
            ({"command": ["a\0b"]}, "a list of strings"),
            ({"command": ["/nowhere/at-all"]}, "/nowhere/at-all can't be started: No such file"),
            ({"command": ["/"]}, "can't be started: Permission denied"),
            ({"command": good, "env": {"A": 1}}, "[config] env"),
            ({"command": good, "env": {"A=B": "c"}}, "[config] env"),
            ({"command": good, "cwd": "/nowhere"}, "there is no folder /nowhere"),
            ({"command": good, "call_timeout_ms": 0}, "[config] call_timeout_ms"),
            ({"command": good, "start_timeout_ms": True}, "1 to 86400000"),
            ({"command": good, "comand": good}, "[config] comand is not known"),
        ):
            chatd = self.enterContext(Chatd(BRIDGE, config=config))
            self.assert_fails_to_start(chatd, 78, part)

    def test_a_manifest_without_a_command_is_one_such(self):
        chatd = self.enterContext(Chatd(BRIDGE))
        chatd.config = {}
        self.assert_fails_to_start(chatd, 78, "[config] command is missing", "mcp-server-time")


class TestServersThatDoNotStart(Bridged):
    def test_one_that_dies_at_once(self):
        self.assert_fails_to_start(
            self.over("dies-at-once"), 1, "the MCP server ended with exit code 3",
            "reading the settings; the key for the weather is missing")

    def test_one_that_hangs(self):
        chatd = self.over("hangs-at-start", start_timeout_ms=START_MS)
        chatd.accept()
        chatd.write(chatd.request("initialize", chatd.start())[1])
        server = self.watched(chatd.log.wait_for("pid ").split()[1])
        self.assertEqual(chatd.ask("ping", {})["result"], {})
        message = chatd.answer_to(1)["error"]["message"]
        self.assertIn(f"not ready within {START_MS} ms", message)
        self.assertIn("waiting for a database", message)
        self.assertEqual(chatd.exit_code(), 1)
        self.assert_ends(server)

    def test_one_that_hangs_and_is_not_waited_for(self):
        chatd = self.over("hangs-at-start")
        chatd.accept()
        chatd.write(chatd.request("initialize", chatd.start())[1])
        server = self.watched(chatd.log.wait_for("pid ").split()[1])
        self.assertEqual(chatd.shut_down(), 0)
        self.assert_ends(server)

    def test_one_that_speaks_no_mcp(self):
        self.assert_fails_to_start(
            self.over("only-rubbish", start_timeout_ms=START_MS), 1, "not ready within",
            "was no MCP: usage: weather [--city NAME]")

    def test_one_that_only_repeats_what_it_hears(self):
        self.assert_fails_to_start(self.bridge(["cat"]), 1, "does not offer initialize")

    def test_one_that_speaks_another_version(self):
        self.assert_fails_to_start(self.over("old", "1999-01-01"), 1, "speaks MCP '1999-01-01'")


class TestServersThatEnd(Bridged):
    def test_the_calls_held_fail_and_all_is_begun_anew(self):
        for how, words in (("7", "exit code 7"), ("0", "exit code 0"), ("-9", "SIGKILL")):
            chatd = self.ready("dies-in-call")
            server = self.watched(self.text(chatd, "pid"))
            held = [self.asked(chatd, "hang") for _ in range(3)]
            held.append(self.asked(chatd, "die", how))
            for number in held:
                self.assertEqual(chatd.answer_to(number)["error"]["message"],
                                 f"the MCP server ended with {words}. Its standard error: "
                                 "hanging; hanging; hanging; out of luck")
            self.assertEqual(chatd.exit_code(), 1)
            self.assertIsNone(chatd.read())
            chatd.log.wait_for(f"the MCP server ended with {words}")
            self.assertIn(words, chatd.log.lines[-1])
            self.assert_ends(server)

    def test_what_it_said_before_it_ended_counts(self):
        chatd = self.ready("dies-in-call")
        self.assertEqual(self.text(chatd, "answer-and-die"), "my last words")
        self.assertEqual(chatd.exit_code(), 1)

    def test_one_that_closes_its_standard_output_is_ended(self):
        chatd = self.ready("closes-streams")
        server = self.watched(self.text(chatd, "pid"))
        message = self.call(chatd, "output")["error"]["message"]
        self.assertIn("closed its standard output. Its standard error: and now for", message)
        self.assertEqual(chatd.exit_code(), 1)
        self.assert_ends(server)

    def test_calls_to_one_that_closed_its_standard_input_fail(self):
        chatd = self.ready("closes-streams")
        self.asked(chatd, "input")
        chatd.log.wait_for("and now for nothing")
        self.assertEqual(chatd.ask("ping", {})["result"], {})  # and it has seen that, too
        self.assertIn("closed its standard input", self.call(chatd, "echo")["error"]["message"])
        self.assertEqual(chatd.shut_down(), 0)

    def test_one_that_does_not_read_is_not_given_more_and_more(self):
        chatd = self.ready("closes-streams", call_timeout_ms=60_000)
        held = [self.asked(chatd, "deaf")]
        chatd.log.wait_for("and now for nothing")
        held += [self.asked(chatd, "echo", "x" * 6_000_000) for _ in range(4)]
        self.assertEqual(chatd.answer_to(held[-1])["error"]["message"],
                         "the MCP server does not read what it is sent")
        self.assertEqual(chatd.shut_down(), 0)


class TestServersThatHang(Bridged):
    def test_a_call_ends_at_its_deadline_and_others_go_on(self):
        chatd = self.ready("hangs-in-call", call_timeout_ms=2500)
        hanging = self.asked(chatd, "hang")
        self.assertEqual(self.text(chatd, "echo", "meanwhile"), "meanwhile")
        self.assertEqual(chatd.answer_to(hanging)["error"]["message"],
                         "the MCP server did not answer tools/call within 2500 ms")
        chatd.log.wait_for("cancelled rightly")
        self.assertEqual(self.text(chatd, "late", "afterwards"), "afterwards")
        self.assertEqual(self.logged(chatd), [])
        self.assertTrue(chatd.is_silent())

    def test_what_chatd_cancels_is_cancelled(self):
        chatd = self.ready("hangs-in-call")
        hanging = self.asked(chatd, "hang")
        chatd.log.wait_for("hanging")
        chatd.notify("cancel", {"id": hanging})
        chatd.log.wait_for("cancelled rightly")
        self.assertEqual(self.text(chatd, "late", "afterwards"), "afterwards")
        self.assertNotIn(hanging, chatd._answers)
        self.assertEqual(chatd.shut_down(), 0)

    def test_progress_gives_a_call_more_time_but_not_for_ever(self):
        chatd = self.ready("slow-progress", call_timeout_ms=3000)
        self.assertEqual(self.text(chatd, "work", "40"), "40")
        chatd = self.ready("slow-progress", call_timeout_ms=3000, call_timeout_max_ms=CALL_MS)
        self.assertIn(f"did not answer tools/call within {CALL_MS} ms",
                      self.call(chatd, "work", "10")["error"]["message"])


class TestServersThatSpeakOddly(Bridged):
    def test_rubbish_is_told_and_harms_nothing(self):
        chatd = self.ready("prints-rubbish")
        self.assertEqual(self.text(chatd, "echo", "well"), "well")
        told = self.logged(chatd, "warning")
        self.assertEqual(len(told), 2)
        self.assertIn("is no MCP: Welcome to the weather!", told[0])
        self.assertEqual(self.text(chatd, "chatter", "1000"), "1000")
        told = self.logged(chatd, "warning")
        self.assertEqual(len(told), 5)
        self.assertIn("others are counted: chatter 2", told[4])
        self.assertEqual(chatd.shut_down(), 0)
        self.assertIn("1002 lines", self.last_told(chatd))

    def given_up(self, chatd, tool):
        """Makes a call, lets the server have its say, and cancels the call."""
        number = self.asked(chatd, tool)
        self.assertEqual(self.text(chatd, "echo", "still here"), "still here")
        chatd.notify("cancel", {"id": number})

    def test_json_that_is_not_json_rpc_is_told_and_harms_nothing(self):
        chatd = self.ready("wrong-rpc")
        for kind in ("no-version", "text-id", "true-id", "unasked", "number", "null", "deeper"):
            self.given_up(chatd, kind)
        told = self.logged(chatd, "warning")
        self.assertEqual(len(told), 5)
        self.assertIn('"id": true', told[2])
        self.assertEqual(chatd.shut_down(), 0)
        self.assertIn("7 lines", self.last_told(chatd))

    def test_an_answer_that_is_no_result_of_a_tool_fails_its_call_alone(self):
        chatd = self.ready("wrong-rpc")
        for kind, part in (("neither", "neither result nor error"), ("list-result", "neither"),
                           ("no-content", "no result of a tool: {'a': 1}"),
                           ("infinite", "no result of a tool"), ("deep", "no result of a tool"),
                           ("odd-error", "None")):
            self.assertIn(part, self.call(chatd, kind)["error"]["message"], kind)
        self.given_up(chatd, "odd-method")
        self.assertEqual(self.text(chatd, "surrogate"), "half ?")
        self.assertEqual(self.text(chatd, "batch"), "batch")

    def test_a_line_without_end_is_dropped(self):
        chatd = self.ready("endless-line")
        pid = self.text(chatd, "pid")
        self.assertEqual(self.text(chatd, "long", "20"), pid)
        self.assertEqual(self.logged(chatd), [DROPPED])
        for tool in ("answer", "answer-of-node"):
            message = self.call(chatd, tool, "20")["error"]["message"]
            self.assertEqual(message, f"tools/call: {DROPPED}")
        endless = self.asked(chatd, "endless", "20")
        chatd.log.wait_for("20 MiB written")
        chatd.notify("cancel", {"id": endless})
        self.assertEqual(chatd.shut_down(), 0)

    def test_what_it_asks_of_us_is_answered(self):
        chatd = self.ready("asks-us")
        self.assertEqual(self.text(chatd, "echo", "x"), "x")
        for line in ("q0: {}", 'q1: {"roots": []}', 'q2: {"code": -32601', 'q3: {"code": -32601',
                     'q4: {"code": -32601'):
            chatd.log.wait_for(line)


class TestNothingIsLeft(Bridged):
    def test_one_that_ignores_sigterm_is_killed(self):
        chatd = self.ready("ignores-term")
        server = self.watched(chatd.log.wait_for("pid ").split()[1])
        self.assertEqual(chatd.shut_down(), 0)
        self.assert_ends(server)
        lines = list(chatd.log.lines)
        self.assertEqual(lines[1:], ["ignoring the end of standard input", "ignoring SIGTERM"])

    def test_what_it_started_ends_with_it(self):
        chatd = self.ready("grandchild")
        grandchild = self.watched(chatd.log.wait_for("grandchild ").split()[1])
        self.assert_lives(grandchild)
        self.assertEqual(chatd.shut_down(), 0)
        self.assert_ends(grandchild)

    def test_what_it_started_ends_when_it_is_killed(self):
        chatd = self.ready("grandchild")
        grandchild = self.watched(chatd.log.wait_for("grandchild ").split()[1])
        os.kill(int(self.text(chatd, "pid")), signal.SIGKILL)
        self.assertEqual(chatd.exit_code(), 1)
        self.assertIn("ended with SIGKILL", chatd.log.wait_for("the MCP server"))
        self.assert_ends(grandchild)


if __name__ == "__main__":
    unittest.main()
