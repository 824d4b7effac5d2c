"""Reports how long files are, folder by folder, and fails where a file or a function is too long.

A function's end is found by its indentation, which `swift format lint` vouches for in Swift.
"""

import re
import statistics
import sys

import tree

FILE_LINES = 400
FUNCTION_LINES = 70

KEYWORDS = r"(?!if\b|for\b|while\b|switch\b|catch\b|return\b|else\b|do\b)"
STARTS = {
    ".swift": re.compile(r"( *)(?:[@\w()]+ )*?(?:func [^ (<]+|init\b|deinit\b|subscript\b)"),
    ".c": re.compile(r"()[A-Za-z_][\w *]*\("),
    ".js": re.compile(
        r"( *)(?:(?:export |default |async |static |get |set )*"
        r"(?:function\b|" + KEYWORDS + r"[#\w]+\(.*\) \{$)|.*=> \{$)"
    ),
    ".py": re.compile(r"( *)(?:async )?def \w+"),
    ".pl": re.compile(r"( *)sub \w+"),
    ".sh": re.compile(r"( *)\w+\(\) \{"),
}
STARTS[".h"] = STARTS[".c"]
STARTS[".mjs"] = STARTS[".js"]


def indentation(line):
    """How many blanks the line begins with."""
    return len(line) - len(line.lstrip(" "))


def closing(lines, start, column):
    """The index of the line with the brace that closes what starts there; None without a body."""
    opened = False
    for index in range(start, len(lines)):
        line = lines[index]
        if not opened:
            opened = line.rstrip().endswith("{")
            # A declaration without a body ends where its neighbour begins.
            outside = index > start and line.strip() and indentation(line) <= column
            if not opened and outside and not re.match(r" *[)>{]|  *where\b", line):
                return None
        elif indentation(line) == column and line.lstrip().startswith("}"):
            return index
    return None


def dedent(lines, start, column):
    """The index of the last line of a Python function."""
    last = start
    for index in range(start + 1, len(lines)):
        if not lines[index].strip():
            continue
        if indentation(lines[index]) <= column and not lines[index].lstrip().startswith(")"):
            break
        last = index
    return last


def functions(path, lines):
    """Each function with a body: the number of its first line, and how many lines it has."""
    pattern = STARTS.get(path.suffix)
    for start, line in enumerate(lines if pattern else ()):
        found = pattern.match(line)
        if not found:
            continue
        find_end = dedent if path.suffix == ".py" else closing
        end = find_end(lines, start, len(found[1]))
        if end is not None:
            yield start + 1, end - start + 1


def folder(path):
    """The folder a file is reported under: a target, a test target, a child, or the top one."""
    depth = 2 if path.parts[0] in ("Sources", "Tests", "children") else 1
    return "/".join(path.parts[: min(depth, len(path.parts) - 1)]) or "."


def main():
    sizes, problems = {}, []
    for path in tree.files(*tree.CODE):
        lines = tree.lines(path)
        sizes.setdefault(folder(path), []).append(len(lines))
        if len(lines) > FILE_LINES:
            problems.append(f"{path}:1: file of {len(lines)} lines (at most {FILE_LINES})")
        problems += [
            f"{path}:{number}: function of {length} lines (at most {FUNCTION_LINES})"
            for number, length in functions(path, lines)
            if length > FUNCTION_LINES
        ]
    print(f"  {'lines a file':28} {'files':>5} {'median':>6} {'p90':>5} {'max':>5}")
    for name, counts in sorted(sizes.items()):
        counts.sort()
        p90 = counts[(len(counts) * 9 + 9) // 10 - 1]
        median = round(statistics.median(counts))
        print(f"  {name:28} {len(counts):5} {median:6} {p90:5} {counts[-1]:5}")
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
