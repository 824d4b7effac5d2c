"""The page `children/README.md` taken at its word: its child runs, its bytes and keys are right."""

import glob
import json
import os
import re
import tempfile
import tomllib
import unittest

from rules import ROOT, Rules

PAGE = os.path.join(ROOT, "children", "README.md")


def blocks(language):
    """The code blocks of the page in one language; "" for those without one."""
    with open(PAGE, encoding="utf-8") as file:
        found = re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
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
        [lines] = [block.splitlines() for block in blocks("") if block.startswith("→")]
        with self.child() as chatd:
            chatd.accept()
            for line in lines:
                speaker, frame = line[0], json.loads(line[2:])
                if speaker == "→":
                    self.assertEqual(frame.pop("jsonrpc"), "2.0")
                    written = chatd.encode(frame)
                    self.assertEqual(written[4:].decode(), line[2:], "compact, keys in order")
                    chatd.write(written)
                else:
                    self.assertEqual((speaker, frame), ("←", chatd.read()))
            self.assertIsNone(chatd.read())
            self.assertEqual(chatd.exit_code(), 0)


class TestThePage(unittest.TestCase):
    def test_the_frame_in_hexadecimal_is_one(self):
        [dump] = [block for block in blocks("") if block.startswith("00000000")]
        frame = b"".join(bytes.fromhex(line[10:58]) for line in dump.splitlines())
        text = "".join(re.search(r"\|(.*)\|", line)[1] for line in dump.splitlines())
        self.assertEqual(int.from_bytes(frame[:4], "big"), len(frame) - 4)
        self.assertEqual(frame[4:].decode(), text[4:])
        self.assertEqual(json.loads(frame[4:])["method"], "ping")

    def test_each_key_that_a_manifest_uses_is_on_the_page(self):
        with open(PAGE, encoding="utf-8") as file:
            keys = set(re.findall(r"`\[?([a-z_.]+)\]?`", file.read()))
        manifests = [*glob.glob(os.path.join(ROOT, "children", "*", "manifest.toml")),
                     *glob.glob(os.path.join(ROOT, "Tests", "Fixtures", "children", "*", "*.toml"))]
        self.assertGreater(len(manifests), 20)
        for path in manifests:
            with open(path, "rb") as file:
                manifest = tomllib.load(file)
            for key, value in manifest.items():
                used = [key]
                if isinstance(value, dict) and key not in ("config", "env"):
                    used = [f"{key}.{inner}" for inner in value]
                self.assertLessEqual(set(used), keys, path)

    def test_its_links_lead_somewhere(self):
        with open(PAGE, encoding="utf-8") as file:
            text = file.read()
        headings = {re.sub(r"[^a-z ]", "", heading.lower()).replace(" ", "-")
                    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        for target in re.findall(r"\]\(#(.+?)\)", text):
            self.assertIn(target, headings)


if __name__ == "__main__":
    unittest.main()
