"""The example children, each held to the rules and to what its description promises."""

import glob
import os
import re
import shutil
import unittest

from rules import ROOT, Rules

EXAMPLES = os.path.join(ROOT, "children")
LINES = 80  # an example is shorter than this: it is read before one is written


class TestSentiment(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "sentiment")

    def weather(self, text, role="user"):
        return re.search(r"\*\*(.+?)\*\*", self.chatd.say(text, role)["text"])[1]

    def test_it_tells_how_a_message_feels(self):
        self.chatd = self.ready()
        for text, weather in (
            ("I love this, it is wonderful!", "Radiant"),
            ("That is a good idea", "Sunny spells"),
            ("The meeting is at ten", "Calm"),
            ("I am not happy", "Drizzle"),
            ("This isn't good and I am sad", "Drizzle"),
            ("I hate this horrible rain", "Thunder"),
            ("A great book with a sad end", "Sun and showers"),
            ("not bad at all", "Sunny spells"),
            ("🎉🥳", "Radiant"),
        ):
            self.assertEqual(self.weather(text), weather, text)
            self.assertEqual(self.weather(text, "assistant"), weather, text)

    def test_it_names_the_words_it_goes_by(self):
        reply = self.ready().say("A very good day, never boring")
        self.assertIn("*good*", reply["text"])
        self.assertEqual(reply["data"], {"score": 2.0, "words": {"good": 1.5, "never boring": 0.5}})


class TestDice(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "dice")

    def test_it_declines_unless_asked_to_roll(self):
        chatd = self.ready()
        for text in ("hello", "2d6", "a roll call", "the dice are lost", "rolling stones",
                     "scroll d6"):
            self.assertIsNone(chatd.say(text), text)

    def test_its_sums_are_right(self):
        chatd = self.ready()
        for text, lowest, highest in (
            ("roll 2d6+1", 3, 13), ("please roll 3d4 - 2", 1, 10), ("Roll d20!", 1, 20),
            ("roll a die", 1, 6), ("roll the dice", 2, 12), ("roll 100d1000", 100, 100_000),
            ("Could you roll me 2 d6?", 2, 12),
        ):
            for _ in range(20):
                reply = chatd.say(text)["text"]
                total = int(re.search(r"\*\*(-?\d+)\*\*", reply)[1])
                self.assertTrue(lowest <= total <= highest, reply)
                if sides := re.search(r" = ([\d +−]+)", reply):
                    parts = sides[1].replace("−", "+ -").replace("- ", "-").split("+")
                    self.assertEqual(sum(int(part) for part in parts), total, reply)

    def test_every_side_comes_up(self):
        chatd = self.ready()
        rolls = {chatd.say("roll a die")["text"] for _ in range(300)}
        self.assertEqual(rolls, {f"🎲 **{side}**" for side in range(1, 7)})

    def test_it_flips_a_coin(self):
        chatd = self.ready()
        sides = {chatd.say("Flip a coin")["text"] for _ in range(100)}
        self.assertEqual(sides, {"🪙 **Heads**", "🪙 **Tails**"})

    def test_it_says_what_its_hands_hold(self):
        chatd = self.ready()
        for text in ("roll 0d6", "roll 101d6", "roll 1d1", "roll 999999999d999999999"):
            self.assertIn("1 to 100 dice", chatd.say(text)["text"])


@unittest.skipUnless(shutil.which("node"), "there is no node on this machine")
class TestCalculator(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "calculator")

    def test_it_works_out_what_it_finds(self):
        chatd = self.ready()
        for text, reply in (
            ("What is 2+2?", "`2+2` = **4**"),
            ("2 + 3 * 4.", "`2 + 3 * 4` = **14**"),
            ("(2 + 3) * 4 and 10/4", "`(2 + 3) * 4` = **20**  \n`10/4` = **2.5**"),
            ("2^3^2", "`2^3^2` = **512**"),
            ("-2^2 + 1", "`-2^2 + 1` = **-3**"),
            ("8 - 3 - 2", "`8 - 3 - 2` = **3**"),
            ("2 * -3", "`2 * -3` = **-6**"),
            ("0.1 + 0.2", "`0.1 + 0.2` = **0.3**"),
            ("1,250 * 4", "`1,250 * 4` = **5000**"),
            ("1/0", "`1/0` = **beyond all numbers 🙃**"),
            ("1+1\n2+2", "`1+1` = **2**  \n`2+2` = **4**"),
        ):
            self.assertEqual((chatd.say(text) or {}).get("text"), reply, text)

    def test_it_declines_where_there_is_no_sum(self):
        chatd = self.ready()
        for text in ("hello", "42", "-5", "roll 2d6+1", "on 2026-11-22", "see https://x.org/1-2",
                     "1 +", "(1 + 2", "1 2 + 3", "version 1.2.3", "+++", "()", "9" * 400 + "+1"):
            self.assertIsNone(chatd.say(text), text)

    def test_it_offers_its_tool_as_mcp_does(self):
        chatd = self.enterContext(self.child())
        tool = chatd.initialize()["result"]["tools"][0]
        self.assertEqual(tool["name"], "calculate")
        self.assertEqual(tool["inputSchema"]["required"], ["expression"])
        self.assertIn("expression", tool["inputSchema"]["properties"])

    def test_its_tool_answers_as_mcp_does(self):
        chatd = self.ready()
        for expression, is_error, text in (
            ("6 * 7", False, "42"),
            ("(1 + 2", True, "a parenthesis is not closed"),
            ("2 2", True, "2 stands where an operator should"),
            ("2 *", True, "the end stands where a number should"),
            ("process.exit()", True, "p stands where a number should"),
            ("(" * 100_000, True, "longer than 200 characters"),
        ):
            arguments = {"name": "calculate", "arguments": {"expression": expression}}
            self.assertEqual(chatd.ask("tools/call", arguments)["result"], {
                "content": [{"type": "text", "text": text}], "isError": is_error})

    def test_its_tool_bears_no_arguments(self):
        chatd = self.ready()
        for given in ({}, {"arguments": None}, {"arguments": {}},
                      {"arguments": {"expression": None}}, {"arguments": {"expression": []}}):
            params = {"name": "calculate", **given}
            answer = chatd.ask("tools/call", params, is_right=given != {"arguments": None})
            self.assertTrue(answer["result"]["isError"], given)


def build_folders():
    """Where a build leaves binaries, the debug one first; ahead of them what CHILD_PATH names."""
    builds = [os.path.join(ROOT, ".build", kind) for kind in ("debug", "release")]
    return [*filter(None, os.environ.get("CHILD_PATH", "").split(os.pathsep)), *builds]


@unittest.skipUnless(shutil.which("keeper", path=os.pathsep.join(build_folders())),
                     "keeper is not built: run `swift build --product keeper` first")
class TestKeeper(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "keeper")
    path = build_folders()

    def test_it_remembers_over_a_restart_and_forgets(self):
        chatd = self.ready()
        for content, text in (
            ("What do you remember?", "🗝️ Nothing. Tell me: *remember that …*"),
            ("Remember that the key is under the mat.",
             "🗝️ I'll remember: **the key is under the mat**"),
            ("please remember: Zoë likes 🍒", "🗝️ I'll remember: **Zoë likes 🍒**"),
            ("remember Zoë likes 🍒", "🗝️ I know."),
            ("what do you remember about KEY?", "🗝️ I remember:\n\n- the key is under the mat"),
        ):
            self.assertEqual(chatd.say(content)["text"], text)
        self.assertEqual(chatd.state, {"notes": ["the key is under the mat", "Zoë likes 🍒"]})
        self.assertEqual(chatd.shut_down(), 0)
        again = self.ready(state=chatd.state, generation=2)
        for content, text in (
            ("What do you remember?",
             "🗝️ I remember:\n\n- the key is under the mat\n- Zoë likes 🍒"),
            ("forget the lock", "🗝️ I never knew."),
            ("Forget about the key!", "🗝️ Forgotten."),
            ("remember me", "🗝️ I'll remember: **me**"),
            ("forget everything", "🗝️ Forgotten, all 2."),
            ("What do you remember?", "🗝️ Nothing. Tell me: *remember that …*"),
        ):
            self.assertEqual(again.say(content)["text"], text)
        self.assertEqual(again.state, {"notes": []})

    def test_it_declines_the_rest(self):
        chatd = self.ready()
        for content in ("hello", "remember", "do you remember?", "forgetful me",
                        "remember when we were young?", "forget"):
            self.assertIsNone(chatd.say(content), content)

    def test_it_does_not_claim_to_know_what_was_not_saved(self):
        chatd = self.ready()
        chatd.saves = False
        answer = chatd.ask("message", chatd.message("remember that it rains"))
        self.assertIn("not permitted", answer["error"]["message"])
        self.assertIn("Nothing", chatd.say("What do you remember?")["text"])

    def test_its_pockets_are_full_in_the_end(self):
        chatd = self.ready(state={"notes": [f"note {n}" for n in range(200)]})
        self.assertIn("full", chatd.say("remember that it rains")["text"])
        self.assertEqual(chatd.say("forget note 1")["text"], "🗝️ Forgotten, all 111.")
        self.assertIn("I'll remember", chatd.say("remember that it rains")["text"])

    def test_it_starts_with_a_state_it_can_not_read(self):
        chatd = self.ready(state=["not", {"what": "it"}, "wrote"])
        self.assertIn("Nothing", chatd.say("What do you remember?")["text"])


class TestTheExamples(unittest.TestCase):
    def test_each_is_short(self):
        for path in glob.glob(os.path.join(EXAMPLES, "*", "main.*")):
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
            self.assertLess(len(lines), LINES, path)
            self.assertLessEqual(max(map(len, lines)), 100, path)


if __name__ == "__main__":
    unittest.main()
