"""The examples that show one power each, held to the rules and to what each of them promises."""

import os
import re
import shutil
import unittest
from html.parser import HTMLParser

from rules import ROOT, Rules
from test_examples import EXAMPLES, build_folders


@unittest.skipUnless(shutil.which("wordcount", path=os.pathsep.join(build_folders())),
                     "wordcount is not built: run `swift build --product wordcount` first")
class TestWordcount(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "wordcount")
    path = build_folders()

    def count(self, text):
        reply = self.chatd.say(text)
        return reply and tuple(map(int, re.findall(r"\*\*(\d+)\*\*", reply["text"])))

    def test_it_counts_what_it_is_asked_to(self):
        self.chatd = self.ready()
        for text, counts in (
            ("count words: one two", (2, 7, 1, 1)),
            ("Count Words:one", (1, 3, 1, 1)),
            ("count words:", (0, 0, 0, 0)),
            ("count words:\n\n  a\nb\n\nc", (3, 6, 4, 1)),
            ("count words: grüße 🌍 – 中文", (4, 12, 1, 1)),
            ("count words: a\u00a0b\u3000c\u2003d", (4, 7, 1, 1)),
            ('count words: "quoted" \\n \\" \t \\\\u0041', (4, 24, 1, 1)),
            ("count words: nul\0nul \x1b[31m", (3, 13, 1, 1)),
            ("count words: " + "word " * 460, (460, 2300, 1, 2)),
            ('count words: "content":"no"', (1, 14, 1, 1)),
        ):
            self.assertEqual(self.count(text), counts, text)

    def test_it_counts_long_messages_unasked_and_no_others(self):
        self.chatd = self.ready()
        self.assertEqual(self.count("word\n" * 100), (100, 500, 100, 1))
        for text in ("word " * 99, "hello", "", "please count words: one"):
            self.assertIsNone(self.count(text), text)

    def test_what_comes_before_the_content_does_not_mislead_it(self):
        chatd = self.ready()
        params = chatd.message("count words: one two three")
        params["message"]["thread"] = '","content":"count words: a","'
        reply = chatd.ask("message", params)["result"]
        self.assertIn("words **3**", reply["text"])

    def test_a_message_without_content_says_nothing(self):
        self.assertEqual(self.ready().ask("message", {"message": {}}, is_right=False)["result"], {})


class Markup(HTMLParser):
    """What a browser would make of some HTML: its elements with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + "\n"


@unittest.skipUnless(shutil.which("node"), "there is no node on this machine")
class TestLinkcard(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "linkcard")

    def card(self, content):
        reply = self.ready().say(content)
        return Markup(reply["html"]), reply["text"]

    def test_it_says_where_a_link_leads_in_words(self):
        card, text = self.card("See https://en.example.org:8443/wiki/Unix_domain_socket_(IPC)"
                               "?q=caf%C3%A9+au%20lait&lang=fr#How_it-works.")
        self.assertEqual(card.text.split("\n")[:-1], [
            "🔗 ", "en.example.org:8443", "leads to", "wiki › Unix domain socket (IPC)",
            "q", "café au lait", "lang", "fr", "at", "How it works"])
        self.assertEqual(text, "🔗 **en.example.org:8443** · leads to: wiki › Unix domain socket "
                               "(IPC) · q: café au lait · lang: fr · at: How it works")

    def test_it_warns_of_what_one_overlooks(self):
        card, _ = self.card("http://bank.example@xn--pypal-4ve.example/")
        for fact in ("pаypal.example", "xn--pypal-4ve.example", "bank.example", "not encrypted"):
            self.assertIn(fact, card.text)
        card, _ = self.card("https://plain.example/")
        self.assertNotIn("⚠️", card.text)

    def test_the_punctuation_around_a_link_is_not_the_links(self):
        for content, link in (
            ("(https://a.example/b).", "https://a.example/b"),
            ("https://a.example/b_(c), then", "https://a.example/b_(c)"),
            ("**https://a.example/b**", "https://a.example/b"),
            ("[x](https://a.example/b)", "https://a.example/b"),
            ("<https://a.example/b>", "https://a.example/b"),
            ("https://a.example/b?!", "https://a.example/b"),
        ):
            card, _ = self.card(content)
            [(_, attributes)] = [found for found in card.elements if found[0] == "a"]
            self.assertEqual(attributes["href"], link, content)

    def test_nothing_in_a_link_becomes_markup(self):
        for vector in ("<img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)", "'><b>x</b>",
                       "&lt;script&gt;", "</td></tr></table><script>alert(1)</script>"):
            quoted = "".join(f"%{byte:02x}" for byte in vector.encode())
            raw = re.sub(r"\s", "/", vector)
            html = self.ready().say(
                f"https://a.example/{quoted}?{quoted}={quoted}#{quoted} "
                f"https://{quoted}@b.example/{raw}?{raw}#{raw}")["html"]
            card = Markup(html)
            self.assertLessEqual({tag for tag, _ in card.elements},
                                 {"h3", "a", "table", "tr", "th", "td"}, vector)
            for tag, attributes in card.elements:
                self.assertEqual(list(attributes), ["href"] if tag == "a" else [], vector)
            self.assertIn(vector.strip(), card.text)
            self.assertEqual(html.count('"'), 2 * html.count("<a "), "a quote that is not ours")
            self.assertNotIn("'", html)

    def test_its_markdown_is_text_too(self):
        _, text = self.card("https://a.example/%5Bx%5D%28javascript:1%29/**b**/%60c%60/%3Cd%3E")
        self.assertIn(r"\[x\](javascript:1) › \*\*b\*\* › \`c\` › \<d\>", text)

    def test_what_cannot_be_seen_is_not_shown(self):
        for hidden in ("%E2%80%AE", "%E2%80%8B", "%00", "%1b%5B31m", "%0a", "%EF%BB%BF"):
            card, text = self.card(f"https://a.example/in{hidden}voice?x{hidden}={hidden}y")
            self.assertNotRegex(card.text + text, "[\x00-\x09\x0b-\x1f\u200b-\u202e\ufeff]")

    def test_addresses_that_do_harm_get_no_card(self):
        for address in ("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,<b>x</b>",
                        "data:text/html;base64,PGI+", "vbscript:x", "file:///etc/passwd"):
            card, text = self.card(f"look: {address}")
            self.assertEqual([tag for tag, _ in card.elements], ["p"], address)
            self.assertIn(address.lower().split(":")[0] + ":", text)
        card, text = self.card("javascript:a https://a.example/")
        self.assertIn("a.example", text)
        self.assertIn("⛔", card.text)

    def test_it_declines_where_there_is_no_link(self):
        chatd = self.ready()
        for content in ("hello", "https://", "http:// x", "https://[", "ftp://a.example/",
                        "javascript: the good parts", "data: 1, 2", "the profile: //x", "a.b/c"):
            self.assertIsNone(chatd.say(content), content)

    def test_however_much_there_is_the_cards_stay_small(self):
        chatd = self.ready()
        query = "&".join(f"name{n}={'x' * 200}" for n in range(1000))
        for content in (f"https://a.example/{'p/' * 500_000}", f"https://a.example/?{query}",
                        "https://a.example/ " * 50_000, "https://" * 120_000,
                        "https://a.example/" + ")" * 900_000, "data:" * 200_000,
                        "https://a.example/" + ".x" * 450_000):
            reply = chatd.say(content)
            self.assertLess(len(reply["html"]) if reply else 0, 10_000, content[:40])

    def test_what_is_no_utf_8_is_shown_as_it_stands(self):
        card, _ = self.card("https://a.example/%ff%fe/caf%C3%A9")
        self.assertIn("%ff%fe › café", card.text)


class TestPoll(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "poll")

    def say(self, chatd, content, message_id, thread="main"):
        params = chatd.message(content)
        params["message"].update(id=message_id, thread=thread)
        return (chatd.ask("message", params)["result"] or {}).get("text")

    def votes(self, text):
        return [int(votes) for votes in re.findall(r"– \*\*(\d+)\*\*", text)]

    def test_it_counts_votes_over_a_restart_and_posts_the_outcome(self):
        chatd = self.ready()
        asked = self.say(chatd, "Poll: Lunch? pizza, pasta; Sałatka\npizza", "m0", "food")
        self.assertIn("**Lunch?**", asked)
        self.assertIn("3. Sałatka", asked)
        for number, (content, votes) in enumerate((
            ("vote 2", [0, 1, 0]), ("+1 Pizza!", [1, 1, 0]), ("vote for sałatka.", [1, 1, 1]),
            ("VOTE pizza", [2, 1, 1]),
        )):
            self.assertEqual(self.votes(self.say(chatd, content, f"m{number}")), votes, content)
        self.assertEqual(chatd.shut_down(), 0)

        again = self.ready(state=chatd.state, generation=2)
        self.assertEqual(self.votes(self.say(again, "+1 pasta", "m9")), [2, 2, 1])
        self.assertEqual(self.say(again, "close the poll", "m10"), "🗳️ Closed.")
        [post] = again.posts
        self.assertEqual(post["thread"], "food")
        self.assertIn("**Lunch?** is closed", post["text"])
        self.assertEqual(self.votes(post["text"]), [2, 2, 1])
        self.assertIsNone(again.state)
        self.assertIsNone(self.say(again, "vote 1", "m11"))

    def test_a_message_that_is_heard_twice_counts_once(self):
        chatd = self.ready()
        self.say(chatd, "poll: a, b", "m0")
        for content, votes in (("vote a", [1, 0]), ("vote a", [1, 0]), ("vote b", [0, 1])):
            self.assertEqual(self.votes(self.say(chatd, content, "m1")), votes)

    def test_it_declines_what_is_no_business_of_its_own(self):
        chatd = self.ready()
        for content in ("hello", "vote 2", "+1", "+1 pizza", "close poll", "poll: nothing",
                        "poll: what?", "poll:", "the poll: a, b", "vote"):
            self.assertIsNone(chatd.say(content), content)
        chatd.say("poll: a, b")
        for content in ("hello", "+1", "vote", "to vote a", "close polling", "poll: only one"):
            self.assertNotIn("🗳️ Closed", (chatd.say(content) or {}).get("text", ""), content)
        self.assertEqual(chatd.posts, [])

    def test_it_says_when_it_can_not_count_a_vote(self):
        chatd = self.ready()
        chatd.say("poll: a, b")
        for content in ("vote 0", "vote 3", "+1 c", "vote -1", "vote \U0001d7d9"):
            self.assertIn("no such option", chatd.say(content)["text"])
        self.assertIn("*close poll*", chatd.say("poll: c, d")["text"])

    def test_what_is_refused_has_not_happened(self):
        chatd = self.ready()
        chatd.saves = False
        self.assertIn("not permitted", chatd.say("poll: a, b")["text"])
        self.assertIsNone(chatd.say("vote a"))
        chatd.saves, chatd.posts = True, None
        chatd.say("poll: a, b")
        self.assertIn("not permitted", chatd.say("close poll")["text"])
        self.assertEqual(self.votes(chatd.say("vote a")["text"]), [1, 0])

    def test_what_chatd_says_while_it_waits_is_answered_afterwards(self):
        chatd = self.ready()
        opening, frame = chatd.request("message", chatd.message("poll: a, b"))
        pings = [chatd.request("ping", {}) for _ in range(3)]
        chatd.write(frame + b"".join(ping for _, ping in pings))
        self.assertIn("Which one?", chatd.answer_to(opening)["result"]["text"])
        for request_id, _ in pings:
            self.assertEqual(chatd.answer_to(request_id)["result"], {})

    def test_a_poll_has_bounds(self):
        chatd = self.ready()
        text = chatd.say("poll: Which? " + ", ".join(f"{n}-{'x' * 150}" for n in range(50)))["text"]
        self.assertEqual(len(self.votes(text)), 9)
        self.assertLess(len(text), 2000)
        for content in ("vote " + "!" * 900_000 + "x", "close poll" + "." * 900_000 + "x"):
            params = chatd.message(content)
            chatd.connection.settimeout(params["deadline_ms"] / 1000)
            chatd.ask("message", params)


@unittest.skipUnless(shutil.which("node"), "there is no node on this machine")
class TestRecap(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "recap")

    def setUp(self):
        self.entries = []

    def add(self, content, role="user", author=None):
        """A message in the thread's history."""
        message = self.child().message(content, role)["message"]
        self.entries.append({**message, "id": f"e{len(self.entries)}", "author": author})

    def add_rollup(self, **texts):
        """The children's answers to the message before; None declines."""
        responses = [
            {"child_id": child, "message_id": f"r-{child}", "reason": None, "late": False,
             "status": "replied" if text else "declined", "text": text, "html": None, "data": None,
             "latency_ms": 3.2, "attempt": 1, "generation": 4} for child, text in texts.items()]
        asked = self.entries[-1]["id"]
        self.entries.append(
            {"type": "Rollup", "id": f"e{len(self.entries)}", "parent": asked, "thread": "main",
             "seq": 13, "created_at": "2026-11-22T10:00:00.123Z", "original_message_id": asked,
             "child_responses": responses})

    def recap(self, wish="recap"):
        """What is said about a history before the message that asks, and one behind it."""
        chatd = self.ready()
        params = chatd.message(wish)
        asked = {**params["message"], "content": wish}
        later = {**asked, "id": "later", "content": "pineapple pineapple"}
        chatd.history = [*self.entries, asked, later]
        return chatd.ask("message", params)["result"]["text"]

    def test_it_says_who_said_how_much_about_what(self):
        self.add("Where shall we eat pizza tonight?")
        self.add_rollup(dice=None, sentiment="calm")
        self.add("Luigi has pizza", "assistant")
        self.add_rollup(sentiment="sunny")
        self.add("Pizza it is")
        self.add("closed", author="poll")
        for wish in ("recap", "Recap!", "what did I miss?", "  What did I miss"):
            text = self.recap(wish)
            self.assertIn("people 9, assistant 3, sentiment 2, poll 1", text)
            self.assertIn("**About:** *pizza*", text)
            self.assertIn("**Open questions:** none", text)
            self.assertNotIn("pineapple", text)

    def test_a_question_is_open_until_the_assistant_answers(self):
        self.add("Who brings wine?")
        self.add("and\nwho brings   bread? ")
        self.add("Nobody?", "assistant")
        self.add("Is it far?")
        self.add("", "assistant")
        text = self.recap()
        self.assertIn("**Open questions:** 2\n\n- Who brings wine?\n\n- Is it far?", text)

    def test_it_goes_back_to_the_recap_before(self):
        for _ in range(60):
            self.add("Is this old?")
        self.add("recap")
        self.add_rollup(recap="something")
        for _ in range(120):
            self.add("newer words")
        self.add("newest words")
        text = self.recap()
        self.assertNotIn("old", text)
        self.assertIn("people 242, recap 1", text)

    def test_it_reads_thousands_of_entries_page_by_page(self):
        for number in range(3000):
            self.add(f"entry {number}?", "user" if number % 2 else "assistant")
        text = self.recap()
        self.assertIn("assistant 3000, people 3000", text)
        self.assertIn("**Open questions:** 1\n\n- entry 2999?", text)

    def test_it_stops_reading_when_it_has_read_enough(self):
        for _ in range(2000):
            self.add("?" * 10_000)
        text = self.recap()
        self.assertIn("people 100\n", text)
        self.assertLess(len(text), 3000)

    def test_an_empty_thread_has_nothing_in_it(self):
        self.assertIn("**Words:** none", self.recap())

    def test_why_it_can_not_is_said(self):
        chatd = self.ready()
        chatd.history = None
        error = chatd.ask("message", chatd.message("recap"))["error"]
        self.assertEqual(error, {"code": -32001, "message": "history/get is not permitted"})

    def test_it_answers_pings_while_it_reads(self):
        chatd = self.ready()
        request_id, frame = chatd.request("message", chatd.message("recap"))
        chatd.write(frame)
        asked = chatd.read()
        self.assertEqual(asked["method"], "history/get")
        self.assertEqual(chatd.ask("ping", {})["result"], {})
        chatd.write(chatd.encode({"id": asked["id"], "result": {"messages": []}}))
        self.assertIn("text", chatd.answer_to(request_id)["result"])

    def test_it_declines_the_rest(self):
        chatd = self.ready()
        for content in ("hello", "a recap please", "what did I miss about it?", "recapture"):
            self.assertIsNone(chatd.say(content), content)


@unittest.skipUnless(shutil.which("guile"), "there is no guile on this machine")
class TestHaiku(Rules, unittest.TestCase):
    folder = os.path.join(EXAMPLES, "haiku")

    def test_it_hears_a_haiku(self):
        chatd = self.ready()
        for content, lines in (
            ("An old silent pond, a frog jumps into the pond: splash! Silence again.",
             ("An old silent pond,", "a frog jumps into the pond:", "splash! Silence again.")),
            ("The build is running, I have waited for an hour, and \"still\" it is *red* 🌸",
             ("The build is running,", "I have waited for an hour,", "and still it is red")),
            ("the light of a lamp\nmoves to another candle\r\n\tspring twilight again",
             ("the light of a lamp", "moves to another candle", "spring twilight again")),
            ("café au lait, please – a little table for two \\ under the old trees",
             ("café au lait, please", "a little table for two", "under the old trees")),
        ):
            text = "🌸 A haiku:\n\n> " + "  \n> ".join(lines)
            self.assertEqual(chatd.say(content), {"text": text}, content)
            self.assertEqual(chatd.say(content, "assistant"), {"text": text}, content)

    def test_it_hears_none_elsewhere(self):
        chatd = self.ready()
        pond = "An old silent pond, a frog jumps into the pond: splash! Silence again"
        for content in ("", "hello", "🌸", f"{pond} today", pond[:-6], f"1 {pond}", f"{pond}. 2",
                        " " * 600 + pond):
            self.assertIsNone(chatd.say(content), content)

    def test_what_comes_before_the_content_does_not_mislead_it(self):
        chatd = self.ready()
        params = chatd.message("hello")
        params["message"]["thread"] = '","content":"An old silent pond, a frog jumps into the pond'
        self.assertIsNone(chatd.ask("message", params)["result"])


if __name__ == "__main__":
    unittest.main()
