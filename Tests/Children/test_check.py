"""`chatd child check`: every good child passes, every faulty one fails the rule that it is made for
and no other, and so does a changed copy of it."""

import ast
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from rules import HERE, ROOT

CHATD = os.path.join(ROOT, ".build", "debug", "chatd")
FAULTY = os.path.join(ROOT, "Tests", "Fixtures", "faulty")
GOOD = os.path.join(ROOT, "Tests", "Fixtures", "children")
EXAMPLES = os.path.join(ROOT, "children")
WAIT_S = 120  # for one check: generous, because the machine may be busy
AT_ONCE = 2

# The rule that each faulty child breaks.
BREAKS = {
    "amber-otter": "manifest",
    "arid-falcon": "stdout",
    "bold-teapot": "processes",
    "brisk-lantern": "start",
    "calm-thistle": "connection",
    "crisp-magnet": "state",
    "dapper-tunnel": "state",
    "dusty-marble": "unknown-method",
    "eager-walnut": "unknown-fields",
    "earthy-pillow": "tools",
    "faded-trumpet": "notifications",
    "frosty-hammer": "tools",
    "gentle-anvil": "ids",
    "golden-puddle": "tool-calls",
    "hollow-pepper": "unicode",
    "humble-rocket": "tool-calls",
    "idle-comet": "longest",
    "jolly-button": "split",
    "keen-harbour": "joined",
    "lucky-saddle": "twenty",
    "mellow-turbine": "ping",
    "nimble-orchard": "cancel",
    "opal-ferry": "deadline",
    "placid-wrench": "answer",
    "quiet-meadow": "frames",
    "rugged-violin": "frames",
    "silver-bucket": "frames",
    "tidy-glacier": "unasked",
    "urban-candle": "unasked",
    "velvet-compass": "shutdown",
    "woven-pebble": "end-of-stream",
    "yellow-bishop": "half-close",
    "zesty-ribbon": "stdout",
}
# Those of the fixtures whose every answer is right; the others have their fault in their names.
GOOD_FIXTURES = ["asker", "declines", "echo", "floods-stderr", "glutton", "inspect", "logs",
                 "nimble", "partial", "saver"]


def chatd(*arguments, cwd=ROOT):
    """What a command of chatd's did."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CHATD", "ANTHROPIC"))}
    return subprocess.run([CHATD, *arguments], cwd=cwd, env=environment, timeout=WAIT_S,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def check(folder, rule=None):
    """The exit code of a check by all rules or by one, and its JSON."""
    done = chatd("child", "check", "--json", *(["--rule", rule] if rule else []), folder)
    return done.returncode, json.loads(done.stdout)


def broken(findings):
    """The rules that were broken."""
    return [f["rule"] for f in findings if f["outcome"] == "failed"]


def changed(source, target):
    """A copy of a child that says and does the same in other words."""
    os.mkdir(target)
    with open(os.path.join(source, "main.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    tree.body[0] = ast.Expr(ast.Constant("A copy."))
    name = next(node.name for node in tree.body if isinstance(node, ast.ClassDef))
    text = re.sub(rf"\b{name}\b", "Copied", ast.unparse(tree))
    text = text.replace("\n    def ", "\n\n    # It does this:\n    def ")
    with open(os.path.join(target, "main.py"), "w", encoding="utf-8") as file:
        file.write("# What stands here is new.\n\n" + text + "\n# The end.\n")
    with open(os.path.join(source, "manifest.toml"), encoding="utf-8") as file:
        manifest = file.read()
    manifest = re.sub(r'(?m)^(name|description|version) = ".*"$', r'\1 = "9.9.9"', manifest)
    with open(os.path.join(target, "manifest.toml"), "w", encoding="utf-8") as file:
        file.write("# Another text.\n" + manifest.replace("\n[", "\n# A table.\n["))


class TestCheck(unittest.TestCase):
    def checked(self, folders, rules=()):
        """What a check of each says, by folder; two at a time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(folders, pool.map(check, folders, rules or [None] * len(folders))))

    def assert_breaks(self, name, rule, code, found):
        self.assertEqual(broken(found["findings"]), [rule], f"{name}: {json.dumps(found)[:3000]}")
        self.assertEqual(code, 78 if rule == "manifest" else 1, name)
        self.assertFalse(found["passed"])
        [failed] = [f for f in found["findings"] if f["outcome"] == "failed"]
        self.assertTrue(failed["expected"] and failed["got"], name)
        self.assertEqual(bool(failed["transcript"]), rule != "manifest", name)

    def test_every_faulty_child_breaks_its_rule_and_no_other(self):
        found = self.checked([os.path.join(FAULTY, name) for name in BREAKS])
        for name, rule in BREAKS.items():
            with self.subTest(name):
                self.assert_breaks(name, rule, *found[os.path.join(FAULTY, name)])

    def test_a_changed_copy_of_each_still_breaks_it(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        shutil.copy(os.path.join(FAULTY, "plain_child.py"), place)
        folders = {}
        for number, name in enumerate(BREAKS):
            folders[name] = os.path.join(place, f"copy-{number}")
            changed(os.path.join(FAULTY, name), folders[name])
        found = self.checked(list(folders.values()), list(BREAKS.values()))
        for name, rule in BREAKS.items():
            with self.subTest(name):
                self.assert_breaks(name, rule, *found[folders[name]])

    def test_every_good_child_passes(self):
        folders = [os.path.join(GOOD, name) for name in GOOD_FIXTURES]
        folders += [os.path.dirname(path) for path in
                    glob.glob(os.path.join(EXAMPLES, "*", "manifest.toml"))]
        self.assertGreater(len(folders), 13)
        for folder, (code, found) in self.checked(folders).items():
            with self.subTest(folder):
                self.assertEqual(broken(found["findings"]), [], json.dumps(found)[:3000])
                self.assertEqual((code, found["passed"]), (0, True))

    def test_the_plain_child_that_the_faulty_ones_vary_passes(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        shutil.copy(os.path.join(FAULTY, "plain_child.py"), place)
        folder = os.path.join(place, "plain")
        changed(os.path.join(FAULTY, "velvet-compass"), folder)
        main = os.path.join(folder, "main.py")
        with open(main, encoding="utf-8") as file:
            text = file.read()
        with open(main, "w", encoding="utf-8") as file:
            file.write(text.replace("code = 3", "code = 0"))
        code, found = check(folder)
        self.assertEqual(broken(found["findings"]), [], json.dumps(found)[:3000])
        self.assertEqual({f["outcome"] for f in found["findings"]}, {"passed"})
        self.assertEqual(code, 0)

    def test_each_rule_has_a_child_that_breaks_it_and_each_child_a_rule(self):
        listed = chatd("child", "check", "--list").stdout.splitlines()
        rules = {line.split()[0] for line in listed}
        self.assertGreater(len(rules), 20)
        self.assertEqual(set(BREAKS.values()), rules)
        folders = {name for name in os.listdir(FAULTY) if os.path.isdir(os.path.join(FAULTY, name))}
        self.assertEqual(folders - {"__pycache__"}, set(BREAKS))

    def test_each_rule_names_a_section_of_the_page(self):
        with open(os.path.join(EXAMPLES, "README.md"), encoding="utf-8") as file:
            headings = {re.sub(r"[^a-z ]", "", heading.lower()).replace(" ", "-")
                        for heading in re.findall(r"^#+ (.+)$", file.read(), re.MULTILINE)}
        for line in chatd("child", "check", "--list").stdout.splitlines():
            self.assertIn(re.search(r"README\.md#([a-z-]+)\)$", line)[1], headings)


class TestTheCommand(unittest.TestCase):
    def test_a_line_for_each_rule_and_the_transcript_of_one_that_is_broken(self):
        folder = os.path.join(FAULTY, "velvet-compass")
        done = chatd("child", "check", "--rule", "shutdown", "--rule", "cancel", folder)
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "")
        self.assertRegex(lines[0], r"^ok       cancel  it survives")
        self.assertRegex(lines[1], r"^FAILED   shutdown  .*\(children/README\.md#starting-ending-"
                                   r"restarting\): expected an exit with code 0 .*; got it exited "
                                   r"with code 3$")
        self.assertTrue(any('→ {"jsonrpc":"2.0","id":2,"method":"shutdown"' in x for x in lines))
        self.assertTrue(any("· it exited with code 3" in x for x in lines))
        self.assertEqual(lines[-1], "velvet-compass 0.1.0: 1 ok, 1 failed, 0 skipped")
        quiet = chatd("child", "check", "--quiet", "--rule", "shutdown", "--rule", "cancel", folder)
        self.assertEqual(quiet.stdout.splitlines(), [lines[0], lines[1], lines[-1]])

    def test_a_folder_its_manifest_and_a_relative_path_will_do(self):
        folder = os.path.join(GOOD, "echo")
        for path, cwd in ((folder, ROOT), (os.path.join(folder, "manifest.toml"), ROOT),
                          (".", folder), ("manifest.toml", folder), ("../echo/", folder)):
            done = chatd("child", "check", "--rule", "start", path, cwd=cwd)
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1]),
                             (0, "echo 0.1.0: 1 ok, 0 failed, 0 skipped"), path)

    def test_a_wrong_path_or_rule_is_a_mistake_of_usage(self):
        echo = os.path.join(GOOD, "echo")
        for arguments in (["nowhere"], [HERE], [], ["--rule", "nosuch", echo]):
            done = chatd("child", "check", *arguments)
            self.assertEqual((done.returncode, done.stdout), (64, ""), arguments)
            self.assertTrue(done.stderr)

    def test_a_wrong_manifest_is_told_with_file_line_and_key(self):
        done = chatd("child", "check", os.path.join(FAULTY, "amber-otter"))
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"(?m)^chatd: amber-otter/manifest\.toml:5: colour: unknown")
        self.assertRegex(done.stderr, r"(?m)^chatd: amber-otter/manifest\.toml:8: stop\.drain_ms: ")
        self.assertTrue(done.stdout.startswith("FAILED   manifest  "))

    def test_nothing_of_it_is_left(self):
        marker = "120917"
        place = self.enterContext(tempfile.TemporaryDirectory())
        shutil.copy(os.path.join(FAULTY, "plain_child.py"), place)
        folder = os.path.join(place, "leaver")
        changed(os.path.join(FAULTY, "bold-teapot"), folder)
        main = os.path.join(folder, "main.py")
        with open(main, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("'1000'", text)
        with open(main, "w", encoding="utf-8") as file:
            file.write(text.replace("'1000'", f"'{marker}'"))
        self.assertEqual(broken(check(folder)[1]["findings"]), ["processes"])
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    self.assertNotIn(marker.encode(), file.read().split(b"\0"))
            except OSError:
                pass  # it has ended


if __name__ == "__main__":
    unittest.main()
