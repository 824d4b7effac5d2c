"""The page `children/README.md` taken at its word: its child runs, its bytes and keys are right."""

import json
import os
import re
import tempfile
import unittest

import schemas
import transcripts
from rules import ROOT, Rules

PAGE = os.path.join(ROOT, "children", "README.md")


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def blocks(language):
    """The code blocks of the page in one language; "" for those without one."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page(), re.MULTILINE | re.DOTALL)
    return [text for marked, text in found if marked == language]


class TestTheLeastChild(Rules, unittest.TestCase):
    """The page's own child keeps every rule."""

    codes_when_chatd_is_gone = (0, 1)  # it is the least child: a broken pipe is a traceback to it

    def setUp(self):
        self.folder = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "parrot")
        os.mkdir(self.folder)
        for name, language in (("manifest.toml", "toml"), ("main.py", "python")):
            [text] = blocks(language)
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)

    def test_it_says_it_again_but_louder(self):
        self.assertEqual(self.ready().say("grüße"), {"text": "🦜 GRÜSSE"})

    def test_the_session_on_the_page_is_what_happens(self):
        written, heard = [], []
        with self.child() as chatd:
            write, hold = chatd.write, chatd._held_to_the_schemas
            chatd.write = lambda data: (written.append(data), write(data))
            chatd._held_to_the_schemas = lambda frame: (heard.append(frame), hold(frame))[1]
            chatd.initialize()
            chatd.ask("ping", {})
            chatd.say("Good morning!")
            chatd.notify("cancel", {"id": 3})
            self.assertEqual(chatd.shut_down(), 0)
        self.assertEqual(b"".join(written), transcripts.stream("parrot", "chatd"))
        answers = transcripts.frames("parrot", "child")
        self.assertEqual(heard, [json.loads(frame) for frame in answers])


class TestThePage(unittest.TestCase):
    def test_the_session_on_it_is_the_golden_one(self):
        [session] = [block for block in blocks("") if block.startswith("→")]
        self.assertEqual(session, transcripts.text("parrot"))

    def test_the_frame_in_hexadecimal_is_the_session_s_ping(self):
        [dump] = [block for block in blocks("") if block.startswith("00000000")]
        frame = transcripts.undump(dump)
        ping = transcripts.frames("parrot", "chatd")[1]
        self.assertEqual(frame[4:], ping)
        self.assertEqual(int.from_bytes(frame[:4], "big"), len(ping))
        self.assertEqual(dump, transcripts.dump(frame))
        self.assertIn(frame, transcripts.stream("parrot", "chatd"))
        self.assertIn(f"is a `ping` with id 2; its JSON is {len(ping)} (hexadecimal {len(ping):x})",
                      page())

    def test_the_table_of_keys_is_the_schema_s_with_its_defaults(self):
        table = page().partition("\n## The manifest\n")[2]
        rows = re.findall(r"^\| (`.+?) \|(?: (.+?))?? \|", table, re.MULTILINE)
        said = {}
        for keys, defaults in rows:
            names = re.findall(r"`\[?([a-z_.]+)\]?`", keys)
            values = re.findall(r"`(.+?)`", defaults) or [defaults] * len(names)
            said.update(zip(names, values, strict=True))
        self.assertEqual(said, dict(self.keys_of_the_schema()))

    def keys_of_the_schema(self):
        properties = schemas.documents()["manifest.schema.json"]["properties"]
        limits = [f"limits.{name}" for name in properties["limits"]["properties"]]
        for key, rules in properties.items():
            inner = rules.get("properties")
            for name, more in (inner or {}).items():
                yield f"{key}.{name}", self.words(f"{key}.{name}", more, limits)
            if inner is None:
                yield key, self.words(key, rules, limits)

    def words(self, key, rules, limits):
        if key in limits or key in ("env_file", "tools.timeout_ms"):
            return "none"
        empty = rules.get("default") in (None, "", {})
        return "" if empty else json.dumps(rules["default"])

    def test_it_tells_editors_where_the_schema_is(self):
        [line] = set(re.findall(r"#:schema ([^`\s]+)", page()))
        self.assertTrue(os.path.isfile(os.path.join(ROOT, "children", line.removeprefix("../"))))
        self.assertEqual(line, "../schema/manifest.schema.json")

    def test_its_links_lead_somewhere(self):
        headings = {re.sub(r"[^a-z ]", "", heading.lower()).replace(" ", "-")
                    for heading in re.findall(r"^#+ (.+)$", page(), re.MULTILINE)}
        for target in re.findall(r"\]\(#(.+?)\)", page()):
            self.assertIn(target, headings)
        for target in re.findall(r"\]\(([^#:)]+)\)", page()):
            self.assertTrue(os.path.exists(os.path.join(ROOT, "children", target)), target)


if __name__ == "__main__":
    unittest.main()
