"""`chatd child new` in every language: what it writes is built, held to the rules, and changed."""

import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from rules import ROOT, Rules

BUILDS = [os.path.join(ROOT, ".build", kind) for kind in ("debug", "release")]
PROGRAMS = [*filter(None, os.environ.get("CHILD_PATH", "").split(os.pathsep)), *BUILDS]
BUILD_S = 300  # for what a scaffold's author waits for: generous, because the machine may be busy


def chatd(*arguments, folder=None, environment=None):
    """Runs a command of chatd, in a folder and with variables; with what it printed."""
    program = shutil.which("chatd", path=os.pathsep.join(PROGRAMS))
    if not program:
        raise AssertionError("chatd is not built: run `swift build` first")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CHATD_")}
    return subprocess.run(
        [program, *arguments], cwd=folder, env={**variables, **(environment or {})},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_S)


def run(*command, **options):
    """Runs a program that has to succeed; what it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=BUILD_S, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout.decode()}")
    return done.stdout


class Scaffolded(Rules):
    """The child that `chatd child new` writes in a language, once for all its tests."""

    path = PROGRAMS
    language = main = None
    options = files = ()
    is_quiet = True  # nothing is said on standard error
    declines = None  # a line of `reply`, and what makes it say nothing in its place

    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.new = chatd("child", "new", "my-child", "--lang", cls.language, "--into", cls.home,
                        *cls.options)
        cls.folder = os.path.join(cls.home, "my-child")

    def change(self, line, code):
        """Goes on with a copy of the child, with other code in the place of a line of `reply`."""
        folder = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "my-child")
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns(".build"))
        path = os.path.join(folder, self.main)
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        [index] = [n for n, found in enumerate(lines) if found.strip().startswith(line)]
        lines[index] = code
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        if os.path.exists(os.path.join(folder, "Makefile")):
            run("make", "-C", folder)
        self.folder = folder

    def test_it_was_written_whole_and_says_what_comes_next(self):
        self.assertEqual(self.new.returncode, 0, self.new.stderr)
        if self.is_quiet:
            self.assertEqual(self.new.stderr, "")
        self.assertEqual(os.listdir(self.home), ["my-child"])
        for name in ("manifest.toml", "README.md", self.main, *self.files):
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                self.assertNotIn("{{", file.read(), name)
        for part in (f"{self.folder}: ", self.main, "chatd child check", "chatd child run",
                     f"chatd start --children {self.home}", "children/README.md"):
            self.assertIn(part, self.new.stdout)

    def test_its_manifest_is_right(self):
        checked = chatd("check", "--children", self.home)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertEqual(self.child().manifest["name"], "My child")

    def test_it_keeps_every_rule(self):
        checked = chatd("child", "check", self.folder)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""), checked.stdout)
        self.assertRegex(checked.stdout, r"my-child 0\.1\.0: 2\d ok, 0 failed, \d skipped\n$")

    def test_it_answers(self):
        child = self.ready()
        for text, count in (("three little words", 3), ("", 0), (" a\n\tb ", 2), ("grüße 🌍", 2)):
            self.assertEqual(child.say(text), {"text": f"I heard **{count}** words"}, text)
        self.assertEqual(child.shut_down(), 0)

    def test_it_says_nothing_where_there_is_nothing_to_say(self):
        self.change(*self.declines)
        child = self.ready()
        for text in ("hello", "hello again"):
            self.assertIsNone(child.ask("message", child.message(text)).get("result"))
        self.assertEqual(child.shut_down(), 0)


class Failing:
    """What `reply` throws is told, and the child lives on."""

    raises = None  # a line of `reply`, and what fails in its place

    def test_what_goes_wrong_in_reply_is_told(self):
        self.change(*self.raises)
        child = self.ready()
        for _ in range(2):
            error = child.ask("message", child.message("hello"))["error"]
            self.assertIn("out of words", error["message"])
        child.log.wait_for("out of words")
        self.assertEqual(child.ask("ping", {})["result"], {})


class TestPython(Failing, Scaffolded, unittest.TestCase):
    language, main = "python", "main.py"
    declines = "return f\"I heard", "    return None"
    raises = "return f\"I heard", "    raise ValueError('out of words')"


class TestNode(Failing, Scaffolded, unittest.TestCase):
    language, main = "node", "main.mjs"
    declines = "return `I heard", "  return null;"
    raises = "return `I heard", "  throw new Error('out of words');"

    def test_while_it_awaits_it_answers_others(self):
        self.change("return `I heard", "  return text === 'wait' ? new Promise(() => {}) : text;")
        child = self.ready()
        child.write(child.request("message", child.message("wait"))[1])
        self.assertEqual(child.say("go"), {"text": "go"})
        self.assertEqual(child.shut_down(), 0)


class TestPerl(Failing, Scaffolded, unittest.TestCase):
    language, main = "perl", "main.pl"
    declines = "return \"I heard", "    return undef;"
    raises = "return \"I heard", "    die 'out of words';"


class TestShell(Failing, Scaffolded, unittest.TestCase):
    language, main = "shell", "main.sh"
    declines = "echo \"I heard", ""
    raises = "echo \"I heard", "echo out of words >&2; exit 3"


class TestC(Scaffolded, unittest.TestCase):
    language, main = "c", "main.c"
    files = ("Makefile", ".gitignore", "json.c", "json.h")
    declines = "text_print(said, \"I heard", "  return false;"
    sanitized = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

    def test_no_compiler_complains(self):
        sources = [os.path.join(self.folder, name) for name in ("main.c", "json.c")]
        for compiler in filter(shutil.which, ("cc", "gcc", "clang")):
            run(compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic",
                "-fsyntax-only", *sources)

    def test_no_frame_makes_it_stumble(self):
        folder = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "my-child")
        shutil.copytree(self.folder, folder)
        run("make", "-C", folder, "--always-make", f"CFLAGS={' '.join(self.sanitized)}")
        self.folder = folder
        child, chance = self.ready(), random.Random(7)
        for number in range(2000):
            child.write(child.encode(self.some_notification(chance)))
            if number % 50 == 0:
                self.assertEqual(child.ask("ping", {})["result"], {})
        for params in ({}, None, [], {"message": None}, {"message": {"content": 7}}, "text"):
            self.assertEqual(child.ask("message", params, is_right=False)["result"], {
                "text": "I heard **0** words"}, params)
        self.assertEqual(child.shut_down(), 0)
        self.assertEqual(list(child.log.lines), [])

    @staticmethod
    def some_notification(chance):
        """An object of any values, that is no request."""
        def some(depth):
            kinds = ["leaf"] if depth > 4 else ["leaf", "list", "object"]
            kind = chance.choice(kinds)
            if kind == "leaf":
                return chance.choice([None, True, -1.5e9, "", "\0\"\\", "🌍ü", "method", 2**60])
            values = [some(depth + 1) for _ in range(chance.randrange(5))]
            names = chance.sample(["id", "params", "", "m\u0001", "🌍"], len(values))
            return values if kind == "list" else dict(zip(names, values))
        return {"params": some(0), chance.choice(["id", "method", "other"]): some(0)}

    def test_without_a_compiler_it_is_written_and_says_what_is_missing(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        new = chatd("child", "new", "unbuilt", "--lang", "c", "--into", home,
                    environment={"PATH": "/nowhere"})
        self.assertEqual((new.returncode, new.stderr), (0, ""))
        self.assertIn("there is no make, cc on PATH", new.stdout)
        self.assertIn(f"make -C {home}/unbuilt", new.stdout)
        self.assertNotIn("by itself", new.stdout)
        self.assertEqual(chatd("check", "--children", home).returncode, 78)
        run("make", "-C", os.path.join(home, "unbuilt"))
        self.assertEqual(chatd("check", "--children", home).returncode, 0)


class TestSwift(Scaffolded, unittest.TestCase):
    language, main, options = "swift", "Sources/child/main.swift", ["--build"]
    files = ("Package.swift", "Makefile", ".gitignore", "Sources/ChildProtocol/ChildSession.swift")
    is_quiet = False  # swift build is not
    declines = "return ChildReply(", """
    guard words.isEmpty else { throw RPCFailure(code: -1, message: "out of words") }
    return nil"""

    def test_it_says_nothing_where_there_is_nothing_to_say(self):
        # One build for both: this, and what goes wrong in `reply`.
        self.change(*self.declines)
        child = self.ready()
        self.assertIsNone(child.ask("message", child.message(""))["result"])
        for _ in range(2):
            error = child.ask("message", child.message("hello"))["error"]
            self.assertEqual(error["message"], "out of words")
        self.assertEqual(child.shut_down(), 0)

    def test_without_build_it_is_written_and_says_so(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        new = chatd("child", "new", "unbuilt", "--lang", "swift", "--into", home)
        self.assertEqual((new.returncode, new.stderr), (0, ""))
        self.assertIn("it has to be built first", new.stdout)
        self.assertIn(f"make -C {home}/unbuilt", new.stdout)


class TestNew(unittest.TestCase):
    """What is refused leaves nothing behind; what is not said is found."""

    def setUp(self):
        self.home = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "children")

    def refused(self, *arguments, **options):
        new = chatd("child", "new", *arguments, **options)
        self.assertEqual((new.returncode, new.stdout), (64, ""))
        return new.stderr

    def test_a_language_without_template_is_answered_with_those_that_have_one(self):
        said = self.refused("one", "--lang", "cobol", "--into", self.home)
        self.assertIn("expected one of python, node, perl, c, swift, shell", said)
        self.assertFalse(os.path.exists(self.home))

    def test_names_that_no_child_can_have_are_refused(self):
        for name in ("", "Parrot", "a b", "../a", "a/b", "-a", "_a", "a.b", "é", "a" * 65):
            said = self.refused("--lang", "python", "--into", self.home, "--", name)
            self.assertIn("[a-z0-9][a-z0-9_-]{0,63}", said, name)
            self.assertFalse(os.path.exists(self.home), name)

    def test_what_is_there_stays_as_it_is(self):
        os.makedirs(os.path.join(self.home, "folder"))
        os.symlink("nowhere", os.path.join(self.home, "link"))
        with open(os.path.join(self.home, "file"), "w", encoding="utf-8"):
            pass
        for name in ("folder", "link", "file"):
            said = self.refused(name, "--lang", "python", "--into", self.home)
            self.assertIn(f"{self.home}/{name} is there already", said)
        self.assertEqual(sorted(os.listdir(self.home)), ["file", "folder", "link"])
        self.assertEqual(os.listdir(os.path.join(self.home, "folder")), [])

    def test_it_goes_where_chatd_looks_first(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        for folders, options, target in (
            (["children"], [], "children"),
            ([], [], "config/chatd/children"),
            (["b"], ["--children", "a", "--children", "b"], "b"),
        ):
            here = tempfile.mkdtemp(dir=place)
            for folder in folders:
                os.mkdir(os.path.join(here, folder))
            new = chatd("child", "new", "one", "--lang", "perl", *options, folder=here,
                        environment={"XDG_CONFIG_HOME": os.path.join(here, "config")})
            self.assertEqual(new.stderr, "")
            self.assertTrue(os.path.exists(os.path.join(here, target, "one", "main.pl")), target)
            self.assertIn("\n  chatd start\n", new.stdout, target)
            if target.startswith("config"):
                self.assertEqual(os.stat(os.path.join(here, target)).st_mode & 0o777, 0o700)


class TestTheTemplates(unittest.TestCase):
    folder = os.path.join(ROOT, "children", "templates")
    languages = ("python", "node", "perl", "c", "swift", "shell")

    def lines(self, language, name):
        with open(os.path.join(self.folder, language, name), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_their_manifests_differ_where_the_languages_do(self):
        keys = r"^(# )?(command|max_in_flight|max_bytes) ="
        common = {tuple(line for line in self.lines(language, "manifest.toml")
                        if not re.match(keys, line)) for language in self.languages}
        self.assertEqual(len(common), 1)

    def test_what_is_commented_out_in_a_manifest_is_right(self):
        home = self.enterContext(tempfile.TemporaryDirectory())
        for language in self.languages:
            if language in ("c", "swift"):
                continue  # their command has to be built first; the lines are the same
            chatd("child", "new", language, "--lang", language, "--into", home)
            path = os.path.join(home, language, "manifest.toml")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(re.sub(r"^# (?=\w+ =)", "", text, flags=re.MULTILINE))
        checked = chatd("check", "--children", home)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_the_first_code_that_an_author_sees_is_short(self):
        for language, name in (("python", "main.py"), ("node", "main.mjs"), ("perl", "main.pl"),
                               ("c", "main.c"), ("shell", "main.sh"),
                               ("swift", "Sources/child/main.swift")):
            lines = self.lines(language, name)
            self.assertLess(len(lines), 140 if language == "c" else 80, name)


if __name__ == "__main__":
    unittest.main()
