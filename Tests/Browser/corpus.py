"""The corpus of what a page must never run: xss/vectors.txt, one vector a line.

`= WORDS` begins a group. In a vector `§` stands for code that names it to the canary, `¤` for an
address outside that names it; `\\n`, `\\0`, `\\u202e` and the like are what they are in JavaScript.
"""

import pathlib
import re
from dataclasses import dataclass

FILE = pathlib.Path(__file__).with_name("xss") / "vectors.txt"
OUTSIDE = "192.0.2.1"  # TEST-NET-1: nobody is there
CODE, ADDRESS = "top.canary={}", f"http://{OUTSIDE}/{{}}"
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "0": "\0", "\\": "\\"}


@dataclass(frozen=True)
class Vector:
    """One text, its number from 1, and the group it belongs to."""

    number: int
    group: str
    text: str

    @property
    def is_hostile(self):
        """Whether it has in it what it is there for."""
        words = (CODE.format(self.number), ADDRESS.format(self.number))
        return any(word in self.text for word in words)


def _unescaped(line):
    def one(match):
        return chr(int(match[1], 16)) if match[1] else ESCAPES[match[2]]

    text = re.sub(r"\\(?:u([0-9a-f]{4})|(.))", one, line)
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _read():
    vectors, group = [], ""
    for line in FILE.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        if line.startswith("= "):
            group = line[2:]
            continue
        number = len(vectors) + 1
        text = _unescaped(line)
        text = text.replace("§", CODE.format(number)).replace("¤", ADDRESS.format(number))
        vectors.append(Vector(number, group, text))
    return vectors


VECTORS = _read()
