"""The scaffold's reader of JSON in C, beside Python's: the same values, the same refusals, and not
a byte read that is not there (it is built with AddressSanitizer)."""

import json
import os
import random
import re
import subprocess
import tempfile
import unittest

from rules import HERE, ROOT

READER = os.path.join(ROOT, "children", "templates", "c")
KEYS = ["a", "b", "ab", "", "ü", 'q"\\', "\x01"]  # those that json_reader.c looks for
DEPTH = 256
CASES = 20_000


def refuse(word):
    raise ValueError(word)


def depth_of(text):
    """How deep a text that is JSON is nested."""
    deepest = depth = 0
    for bracket in re.findall(r'[\[\]{}]', re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def expected(case):
    """What Python reads, as json_reader.c describes it."""
    def number(digits):
        return {"number": "%.17g" % (float(digits) if len(digits) < 64 else 0)}

    def members(pairs):
        first = {}
        for key, value in pairs:
            first.setdefault(key, value)
        return {key: first[key] for key in KEYS if key in first}

    try:
        text = case.decode()
        value = json.loads(text, parse_int=number, parse_float=number, parse_constant=refuse,
                           object_pairs_hook=members)
        return value if depth_of(text) <= DEPTH else "invalid"
    except (ValueError, RecursionError):
        return "invalid"


def whole(value):
    """A value with U+FFFD in the place of each half of a surrogate pair."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    return {key: whole(item) for key, item in value.items()} if isinstance(value, dict) else value


def some_value(chance, depth=0):
    kind = chance.choice(["text", "number", "word", "list", "object"][:3 if depth > 5 else 5])
    if kind == "text":
        return "".join(chance.choice('a"\\/\n\t\x01ü🌍\ud83d\udc1e\u2028 ')
                       for _ in range(chance.randrange(9)))
    if kind == "number":
        return chance.choice([0, -1, 2**53, 1.5, -2e-9, 1e300, chance.random()])
    if kind == "word":
        return chance.choice([True, False, None])
    values = [some_value(chance, depth + 1) for _ in range(chance.randrange(5))]
    return values if kind == "list" else dict(zip(chance.sample(KEYS, len(values)), values))


def some_case(chance):
    """JSON of any kind, as it is or with a few bytes that are not."""
    text = json.dumps(some_value(chance), ensure_ascii=chance.random() < 0.5,
                      separators=chance.choice([(",", ":"), (" ,\n", "\t: ")]))
    case = bytearray(text.encode(errors="replace"))
    for _ in range(chance.choice([0, 0, 1, 1, 3])):
        at = chance.randrange(len(case) + 1)
        match chance.randrange(4):
            case 0: case[at:at + 1] = b""
            case 1: case[at:at] = bytes([chance.randrange(256)])
            case 2: case[at:at + 1] = chance.choice([b'"', b"\\", b"\\u", b"[", b"}", b",", b"0"])
            case 3: del case[at:]
    return bytes(case)


class TestTheReader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.program = os.path.join(folder, "json_reader")
        subprocess.run(
            ["cc", "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror",
             "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{READER}",
             os.path.join(HERE, "json_reader.c"), os.path.join(READER, "json.c"),
             "-o", cls.program], check=True, timeout=120)

    def read(self, cases):
        """What the reader makes of each case."""
        frames = b"".join(len(case).to_bytes(4, "big") + case for case in cases)
        done = subprocess.run([self.program], input=frames, capture_output=True, timeout=300)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
        return [json.loads(line) for line in done.stdout.split(b"\n")[:-1]]

    def compare(self, cases):
        lines = self.read(cases)
        self.assertEqual(len(lines), len(cases))
        for case, found in zip(cases, lines):
            self.assertEqual(found, whole(expected(case)), case[:200])

    def test_it_reads_what_python_reads(self):
        chance = random.Random(1)
        cases = [some_case(chance) for _ in range(CASES)]
        self.compare(cases)
        refused = sum(expected(case) == "invalid" for case in cases)
        self.assertTrue(CASES // 5 < refused < CASES // 5 * 4, "some of each kind")

    def test_the_edges_of_the_grammar(self):
        good = ['"\\ud83d\\udc1e"', '"\\ud83d"', '"\\ud83d\\ud83d\\udc1e"', '"\\udc1e"', "-0",
                '"\\u0000"', "0.5e+7", "1E5", " \t\r\n[ ] ", "[{}]", '{"a":1,"a":2}',
                '{"\\u0061":1}', '{"a\\u0000":1}', '{"\\u00fc":[1]}', '"\\/\\b\\f"', "1e999",
                "1" * 63, "1" * 64]
        bad = ["", " ", "01", "1.", ".5", "+1", "-", "1e", "tru", "truee", "nul", "NaN", "Infinity",
               "[1,]", "[,1]", "{\"a\":1,}", "{a:1}", '{"a"}', "[1 2]", "[1]]", "]", "\"", '"\\',
               '"\\x"', '"\\u12"', '"\\u12g4"', '"\n"', '"\0"', "1\0", "\ufeff1", "'a'", "/**/1"]
        torn = [b'"\xff"', b'"\xc0\x80"',
                b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', 
                b'"\xe2\x82"', b'"\xf0\x8f\xbf\xbf"', b'"\x80"', b'\xef\xbb\xbf1']
        self.compare([text.encode() for text in good + bad] + torn)
        self.assertNotIn("invalid", self.read([text.encode() for text in good]))
        self.assertEqual(set(self.read([text.encode() for text in bad] + torn)), {"invalid"})

    def test_depth_is_bounded_and_size_is_not(self):
        deep = [b"[" * n + b"]" * n for n in (DEPTH, DEPTH + 1)]
        inside = [b"[" * n + b"1" + b"]" * n for n in (DEPTH, DEPTH + 1)]
        members = [b'{"a":' * n + b"1" + b"}" * n for n in (DEPTH, DEPTH + 1)]
        self.assertEqual([line == "invalid" for line in self.read(deep + inside + members)],
                         [False, True] * 3)
        size = 8 * 1024 * 1024 - 2
        [open_brackets, text, escapes, items] = self.read([
            b"[" * size, b'"' + b"x" * size + b'"', b'"' + b"\\n" * (size // 2) + b'"',
            b"[" + b"0," * (size // 2 - 1) + b"0]"])
        self.assertEqual(open_brackets, "invalid")
        self.assertEqual((text, escapes), ("x" * size, "\n" * (size // 2)))
        self.assertEqual(len(items), size // 2)


if __name__ == "__main__":
    unittest.main()
