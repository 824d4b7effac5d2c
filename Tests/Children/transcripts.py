"""The golden transcripts: sessions between chatd and a child, byte for byte.

A line a frame: `→` where chatd writes it, `←` where the child does, a blank, and the JSON.
"""

import glob
import os

from rules import ROOT

FOLDER = os.path.join(ROOT, "Tests", "Fixtures", "transcripts")
MARKS = {"→": "chatd", "←": "child"}


def names():
    """The name of each transcript."""
    paths = glob.glob(os.path.join(FOLDER, "*.txt"))
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in paths)


def text(name):
    """The transcript as it stands in its file."""
    with open(os.path.join(FOLDER, f"{name}.txt"), encoding="utf-8", newline="") as file:
        return file.read()


def lines(name):
    """Who writes each frame (`chatd` or `child`), and its bytes without the length."""
    # Not splitlines(): the messages have every kind of line break in them.
    for line in text(name).removesuffix("\n").split("\n"):
        yield MARKS[line[0]], line[2:].encode()


def frames(name, side):
    """The frames of one side, in order."""
    return [frame for writer, frame in lines(name) if writer == side]


def stream(name, side):
    """What one side writes in all, with the lengths: kept as a dump."""
    with open(os.path.join(FOLDER, f"{name}.from-{side}.hex"), encoding="ascii") as file:
        return undump(file.read())


def undump(text):
    """The bytes of a dump as `hexdump -C` prints it."""
    return b"".join(bytes.fromhex(line[10:58]) for line in text.splitlines())


def dump(data):
    """Bytes as `hexdump -C` prints them, without the line that only has their number."""
    rows = [data[start:start + 16] for start in range(0, len(data), 16)]
    return "".join(
        f"{16 * number:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  "
        f"|{''.join(chr(byte) if 32 <= byte < 127 else '.' for byte in row)}|\n"
        for number, row in enumerate(rows))
