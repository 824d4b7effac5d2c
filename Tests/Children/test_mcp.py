"""The bridge to MCP with its example, with servers of others, and with good ones of ours."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from bridged import BRIDGE, Bridged
from drive import FRAME_BYTES, Chatd
from rules import ROOT, Rules


class TestTheExample(Rules, unittest.TestCase):
    """As it stands in the repository, with its example of a server."""

    folder = BRIDGE

    def test_it_offers_the_tool_of_the_example(self):
        chatd = self.enterContext(self.child())
        [tool] = chatd.initialize()["result"]["tools"]
        self.assertEqual((tool["name"], tool["annotations"]["title"]),
                         ("days_until", "Days until a date"))
        for given, pattern, is_error in (({"date": "2000-01-01"}, r"\A-\d+ days\Z", False),
                                         ({"date": "soon"}, "isoformat", True),
                                         ({}, "date", True)):
            result = chatd.ask("tools/call", {"name": "days_until", "arguments": given})["result"]
            self.assertRegex(result["content"][0]["text"], pattern)
            self.assertEqual(result["isError"], is_error)
        answer = chatd.ask("tools/call", {"name": "nights_until", "arguments": {}})
        self.assertIn("no tool nights_until", answer["error"]["message"])


class TestServersOfOthers(Bridged):
    def program(self, name):
        """An installed program, in the virtual environment of this Python or of the repository."""
        for folder in (os.path.dirname(sys.executable), os.path.join(ROOT, ".venv", "bin")):
            if os.access(os.path.join(folder, name), os.X_OK):
                return os.path.join(folder, name)
        return self.fail(f"{name} is not installed: scripts/setup.sh --test does that")

    def test_mcp_server_time_tells_the_time(self):
        chatd = self.bridge([self.program("mcp-server-time"), "--local-timezone", "UTC"])
        result = chatd.initialize()["result"]
        self.assertEqual([tool["name"] for tool in result["tools"]],
                         ["get_current_time", "convert_time"])
        self.assertTrue(result["version"])
        for tool in result["tools"]:
            self.assertLessEqual(set(tool), {"name", "description", "inputSchema", "annotations"})
            self.assertIn("timezone", json.dumps(tool["inputSchema"]["required"]))
        now = chatd.ask("tools/call", {"name": "get_current_time",
                                       "arguments": {"timezone": "Europe/Vienna"}})["result"]
        self.assertIn("Europe/Vienna", now["content"][0]["text"])
        then = chatd.ask("tools/call", {"name": "convert_time", "arguments": {
            "source_timezone": "Asia/Tokyo", "time": "12:30", "target_timezone": "UTC"}})["result"]
        self.assertIn("T03:30:00+00:00", then["content"][0]["text"])
        self.assertFalse(then["isError"])
        wrong = chatd.ask("tools/call", {"name": "get_current_time",
                                         "arguments": {"timezone": "Nowhere"}})["result"]
        self.assertTrue(wrong["isError"])
        unknown = chatd.ask("tools/call", {"name": "get_weather", "arguments": {}})
        self.assertIn("get_weather", json.dumps(unknown))
        self.assertEqual(chatd.shut_down(), 0)

    def test_mcp_server_git_tells_of_a_repository(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        home = {"HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}
        for arguments in (["init", "--quiet", "--initial-branch=main", "."],
                          ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit",
                           "--quiet", "--allow-empty", "--message=The first of all"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True,
                           env={"PATH": os.environ["PATH"], **home})
        with open(os.path.join(folder, "new.txt"), "w", encoding="utf-8") as file:
            file.write("new")
        chatd = self.bridge([self.program("mcp-server-git")], cwd=folder, env=home)
        names = [tool["name"] for tool in chatd.initialize()["result"]["tools"]]
        self.assertGreater(len(names), 8)
        for name, part in (("git_status", "new.txt"), ("git_log", "The first of all")):
            self.assertIn(name, names)
            result = chatd.ask("tools/call", {"name": name, "arguments": {"repo_path": folder}})
            self.assertIn(part, result["result"]["content"][0]["text"])
        self.assertEqual(chatd.shut_down(), 0)


class TestAGoodServer(Bridged):
    def test_it_is_asked_as_mcp_says(self):
        chatd = self.over("good")
        result = chatd.initialize()["result"]
        self.assertEqual((result["name"], result["version"]), ("Good", "1.2.3"))
        self.assertEqual(len(result["tools"]), 6)
        chatd.log.wait_for("asked by chatd for 2025-11-25, able to {}")
        chatd.log.wait_for("heard notifications/initialized")
        self.assertEqual(chatd.shut_down(), 0)

    def test_its_results_come_as_they_are(self):
        chatd = self.ready("good")
        for words in ("", "grüße 🌍\u2028\n\r\x00\"\\", "x" * 500_000):
            self.assertEqual(self.text(chatd, "echo", words), words)
        self.assertEqual(self.call(chatd, "fail")["result"], {
            "content": [{"type": "text", "text": "no such city"}], "isError": True})
        self.assertEqual(self.call(chatd, "unheard-of")["error"], {
            "code": -32602, "message": "tools/call: Unknown tool: unheard-of"})

    def test_it_has_our_environment_and_what_the_manifest_adds(self):
        config = {"command": self.command("good"), "env": {"CITY": "Graz", "TZ": "CET"}, "cwd": "/"}
        chatd = self.enterContext(Chatd(BRIDGE, config=config, environment={"KEY": "secret"}))
        self.assertIn("result", chatd.initialize())
        self.assertEqual(self.text(chatd, "folder"), "/")
        found = json.loads(self.text(chatd, "environment"))
        for name, value in (("CITY", "Graz"), ("TZ", "CET"), ("KEY", "secret"),
                            ("LANG", "C.UTF-8")):
            self.assertEqual(found[name], value)
        self.assertEqual([name for name in found if name.startswith("CHATD_")], [])

    def test_what_it_logs_is_in_the_log(self):
        chatd = self.ready("good")
        frames = []
        for level, data in (("debug", "a"), ("notice", {"b": 1}), ("emergency", "c"), (None, 7)):
            frames.append(chatd.request("tools/call", {
                "name": "say", "arguments": {"level": level, "data": data, "text": "x"}}))
        for number, frame in frames:
            chatd.write(frame)
            chatd.answer_to(number)
        self.assertEqual([(p["level"], p["message"]) for _, p in chatd.notifications],
                         [("debug", "a"), ("info", '{"b": 1}'), ("error", "c"), ("error", "7")])

    def test_twenty_calls_at_once_have_an_answer_each(self):
        chatd = self.ready("good")
        asked = [self.asked(chatd, "echo", f"call {n}") for n in range(20)]
        for n, number in reversed(list(enumerate(asked))):
            answer = chatd.answer_to(number)["result"]
            self.assertEqual(answer["content"][0]["text"], f"call {n}")
        self.assertTrue(chatd.is_silent())

    def test_it_is_gone_when_the_bridge_is_however_that_ends(self):
        for end in (Chatd.shut_down, lambda chatd: chatd.connection.close(),
                    lambda chatd: chatd.process.terminate()):
            chatd = self.ready("good")
            server = self.watched(self.text(chatd, "pid"))
            self.assert_lives(server)
            end(chatd)
            self.assertEqual(chatd.exit_code(), 0)
            self.assert_ends(server)


class TestSlowStart(Bridged):
    def test_one_that_is_slow_to_start_is_waited_for(self):
        chatd = self.ready("slow-start")
        chatd.log.wait_for("loading")
        self.assertEqual(self.text(chatd, "echo", "here"), "here")

    def test_one_of_the_first_version_and_without_tools_is_one_too(self):
        chatd = self.over("old", "2024-11-05")
        self.assertEqual(chatd.initialize()["result"], {"name": "old", "tools": []})
        self.assertEqual(self.told(chatd, "warning"), ["the MCP server offers no tools"])


class TestStateless(Bridged):
    """MCP 2026-07-28, which has no handshake."""

    def test_one_that_refuses_a_handshake_is_asked_without(self):
        for kind in ("plain", "meta"):
            chatd = self.over("stateless", kind)
            result = chatd.initialize()["result"]
            self.assertEqual((result["name"], result["version"]), ("stateless", "3"))
            self.assertEqual([tool["name"] for tool in result["tools"]], ["echo", "pid"])
            self.assertEqual(self.text(chatd, "echo", "who asks?"), "chatd")
            self.assertIn("input_required", self.call(chatd, "echo", "more")["error"]["message"])
            self.assertEqual(chatd.shut_down(), 0)

    def test_one_of_a_version_to_come_says_itself_what_it_speaks(self):
        self.assert_fails_to_start(self.over("stateless", "later"), 1, "there is 2099-01-01")


class TestTools(Bridged):
    def tools(self, kind):
        chatd = self.over("many-tools", kind)
        return chatd, chatd.initialize()["result"]["tools"]

    def test_all_pages_of_them_are_offered(self):
        chatd, tools = self.tools("good")
        self.assertEqual([tool["name"] for tool in tools],
                         [f"tool-{page}-{n}" for page in range(8) for n in range(10)])
        self.assertEqual(self.logged(chatd), [])

    def test_a_list_without_end_is_cut(self):
        for kind, count, pages in (("circle", 30, "page 4"), ("endless", 1000, "page 100")):
            chatd, tools = self.tools(kind)
            self.assertEqual(len(tools), count)
            self.assertIn(pages, self.logged(chatd, "warning")[0])

    def test_what_chatd_can_not_take_is_left_out_and_told(self):
        chatd, tools = self.tools("bad")
        schema = {"type": "object", "properties": {"text": {"type": "string"}}}
        self.assertEqual(tools, [
            {"name": "twice", "description": "Does twice", "inputSchema": schema},
            {"name": "plain", "description": "", "inputSchema": schema},
            {"name": "admin.tools_list-1", "description": "Does admin.tools_list-1",
             "inputSchema": schema,
             "annotations": {"title": "Lists tools", "readOnlyHint": True}}])
        told = self.logged(chatd, "warning")
        self.assertEqual(len(told), 12)
        self.assertIn("'two words': its name is not made of", told[3])
        self.assertIn("'twice': another one has its name", told[7])
        self.assertIn("'schemaless': its inputSchema is not", told[8])

    def test_more_than_a_frame_holds_are_left_out_and_told(self):
        chatd, tools = self.tools("big")
        self.assertEqual(len(tools), 10)
        told = self.logged(chatd, "warning")
        self.assertEqual([text[:30] for text in told],
                         ["a tool is left out, 'big-10': ", "a tool is left out, 'big-11': "])

    def test_a_change_of_them_is_told_and_no_reason_to_start_again(self):
        chatd = self.ready("changes-tools")
        self.assertEqual(self.text(chatd, "echo", "x"), "x")
        self.wait_for_log(chatd, "have changed")
        self.assertIn("restart the child to have them as they are: brand-new, pid",
                      self.told(chatd, "warning")[0])
        chatd.log.wait_for("listed 2")
        for _ in range(100):
            self.assertEqual(self.text(chatd, "echo", "x"), "x")
        self.assertLess(chatd.log.count, 20)  # each list is followed by word of another
        self.assertEqual(len(self.told(chatd)), 1)
        self.assertEqual(chatd.shut_down(), 0)


class TestBigResults(Bridged):
    def result(self, kind, size):
        chatd = self.ready("big-result")
        return self.call(chatd, kind, str(size))["result"]

    def test_what_fits_a_frame_is_passed_on_whole(self):
        self.assertEqual(len(self.result("plain", 1_040_000)["content"][0]["text"]), 1_040_000)

    def test_what_does_not_fit_is_cut_and_says_so(self):
        for kind, least in (("plain", 1_000_000), ("escaped", 200_000)):
            text, note = self.result(kind, 1_100_000)["content"]
            self.assertGreater(len(text["text"]), least)
            self.assertRegex(note["text"], r"\A.cut: the result has \d{7} bytes, and at most "
                                           f"{FRAME_BYTES} can be passed on")
        *kept, note = self.result("many", 3_000_000)["content"]
        self.assertGreater(len(kept), 950)
        look, note = self.result("picture", 3_000_000)["content"]
        self.assertEqual(look["text"], "look")
        self.assertIn("cut", note["text"])
        cut = self.result("structured", 3_000_000)
        self.assertEqual((set(cut), cut["isError"]), ({"content", "isError"}, True))


if __name__ == "__main__":
    unittest.main()
