"""Checks the house rules that no other tool holds; prints what breaks one as FILE:LINE: what."""

import re
import sys
from dataclasses import dataclass

import tree


@dataclass(frozen=True)
class Rule:
    """What must not stand in a line, and in which files."""

    pattern: str
    message: str
    within: str  # what the path has to match
    except_for: str = r"(?!)"  # what it must not match
    # A comment on the line or right above it, saying why, makes it good.
    may_be_reasoned: bool = False


# Written so that no pattern matches its own line.
RULES = [
    Rule(r"\bfatal[E]rror\(", "ends the whole process", r"^Sources/|^children/.*\.swift$"),
    Rule(r"\bprecondition[F]ailure\(", "ends the whole process, without saying why that can't be",
         r"^Sources/|^children/.*\.swift$", may_be_reasoned=True),
    Rule(r"\b(TODO|FIXME|XXX|HACK)\b", "left open: do it, or file it as an issue",
         r"^(Sources|Tests|assets|children|scripts)/", r"^scripts/rules\.py$"),
    Rule(r"^\s*(@\w+(\(.*?\))? )*(public|open)(\(set\))? [a-z]",
         "only ChildProtocol has a public interface",
         r"^Sources/.*\.swift$", r"^Sources/ChildProtocol/"),
    Rule(r"^\s*(\w+ )*import (?!(Foundation(Essentials)?|Synchronization|ChildProtocol)$)",
         "ChatCore and ChildProtocol use no library but Foundation",
         r"^Sources/(ChatCore|ChildProtocol)/.*\.swift$"),
    Rule(r"\bTask\s*(\(.*\))?\s*\{|\bTask\.detached\b", "an unstructured task without its reason",
         r"^Sources/.*\.swift$", may_be_reasoned=True),
    Rule(r"@unchecked Sendable|nonisolated\(unsafe\)", "unchecked, without the proof beside it",
         r"^Sources/.*\.swift$", may_be_reasoned=True),
    Rule(r"\b(Task|Thread|time)\.sleep\b|(?<!func )(?<!\.)\bu?sleep\(",
         "a test that sleeps: await an event",
         r"^Tests/", r"^Tests/Fixtures/", may_be_reasoned=True),
    Rule(r"\.disabled\(|XCT[S]kip|#expect\(true\)|withKnownIssue|pytest\.skip|@unittest\.skip\(",
         "a test that is switched off or can't fail", r"^Tests/"),
    Rule(r"(?<![\w.:/])/(work|root|Users|home/\w+)/", "a path of somebody's machine", r""),
]

COMMENT = re.compile(r"\s*(//|#|\*|/\*)")
# Functions are left out: those that fulfil a port are explained there.
TYPE = re.compile(
    r"\s*(?:@\w+(?:\(.*?\))? )*package (?:final |indirect )?"
    r"(?:struct|enum|actor|class|protocol|typealias)\b"
)
MAXIMUM_COLUMNS = 100


def breaches(path, lines):
    """The number of each line that breaks a rule, and what it breaks."""
    name = str(path)
    rules = [
        (re.compile(rule.pattern), rule)
        for rule in RULES
        if re.search(rule.within, name) and not re.search(rule.except_for, name)
    ]
    for index, line in enumerate(lines):
        for pattern, rule in rules:
            if pattern.search(line) and not (rule.may_be_reasoned and has_reason(lines, index)):
                yield index + 1, f"{line.strip()[:60]}: {rule.message}"


def has_reason(lines, index):
    """Whether a comment stands on the line or right above it."""
    above = lines[index - 1] if index else ""
    return re.search(r"\s(//|#) ", lines[index]) or COMMENT.match(above)


def too_wide(path, lines):
    """The lines that are longer than the house has them; of Swift, its formatter sees to that."""
    if path.suffix not in tree.CODE or path.suffix in (".swift", ".html"):
        return
    for number, line in enumerate(lines, 1):
        if len(line) > MAXIMUM_COLUMNS:
            yield number, f"line of {len(line)} columns (of {MAXIMUM_COLUMNS})"


def undocumented(path, lines):
    """The package's types that no `///` explains; what is public, the formatter looks after."""
    if path.parts[0] != "Sources" or path.suffix != ".swift":
        return
    for index, line in enumerate(lines):
        above = index - 1
        while above >= 0 and lines[above].lstrip().startswith("@"):
            above -= 1
        if TYPE.match(line) and not (above >= 0 and lines[above].lstrip().startswith("///")):
            yield index + 1, f"{line.strip()[:60]}: has no documentation comment"


def badly_written_python(path, lines):
    """The syntax error of a Python file."""
    if path.suffix == ".py":
        try:
            compile("\n".join(lines), str(path), "exec")
        except SyntaxError as error:
            yield error.lineno, error.msg


def main():
    found = []
    for path in tree.files():
        lines = tree.lines(path)
        for check in (breaches, too_wide, undocumented, badly_written_python):
            found += [f"{path}:{number}: {what}" for number, what in check(path, lines)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
