"""Prints how many tests passed, failed and were skipped by the closing lines of a runner's log.

Swift Testing, XCTest, unittest, pytest, and the plain line "3 passed, 1 failed, 2 skipped".
"""

import re
import sys

OPTIONAL_SKIPPED = r"(?:, (?P<skipped>\d+) skipped)?"
PLAIN = re.compile(rf"(?:\w+: )?(?P<passed>\d+) passed, (?P<failed>\d+) failed{OPTIONAL_SKIPPED}$")
SWIFT = re.compile(r". Test run with (\d+) tests?\b.* (?:passed|failed) after ")
SWIFT_FAILED = re.compile(r"✘ Test (?!run with|case ).* failed after ")
SWIFT_SKIPPED = re.compile(r". Test .* skipped(?:: |\.|$)")
XCTEST = re.compile(r"\s+Executed (\d+) tests?, with (?:(\d+) tests? skipped and )?(\d+) failure")
UNITTEST = re.compile(r"Ran (\d+) tests? in ")
UNITTEST_END = re.compile(r"(?:OK|FAILED)(?: \((.*)\))?$")
PYTEST = re.compile(r"=+ (?:.*, )?\d+ \w+.* in [\d.]+s\b.*=+$")


def named(text):
    """The figures of "failures=1, errors=2" or "3 passed, 1 failed", by name."""
    pairs = re.findall(r"(\w+)=(\d+)", text) + [
        (name, n) for n, name in re.findall(r"(\d+) (\w+)", text)
    ]
    return {name: int(n) for name, n in pairs}


def count(lines):
    """The tests passed, failed and skipped in all runs that the lines close."""
    passed = failed = skipped = 0
    swift = {"ran": 0, "failed": 0, "skipped": 0}
    xctest = (0, 0, 0)
    ran_unittest = None
    for line in lines:
        line = line.rstrip("\n")
        if found := PLAIN.match(line):
            passed += int(found["passed"])
            failed += int(found["failed"])
            skipped += int(found["skipped"] or 0)
        elif found := SWIFT.match(line):
            swift["ran"] += int(found[1])
        elif SWIFT_FAILED.match(line):
            swift["failed"] += 1
        elif SWIFT_SKIPPED.match(line):
            swift["skipped"] += 1
        elif found := XCTEST.match(line):
            # Each suite closes with such a line; the last one is that of all tests.
            xctest = (int(found[1]), int(found[3]), int(found[2] or 0))
        elif found := UNITTEST.match(line):
            ran_unittest = int(found[1])
        elif ran_unittest is not None and (found := UNITTEST_END.match(line)):
            names = named(found[1] or "")
            bad = names.get("failures", 0) + names.get("errors", 0)
            passed += ran_unittest - bad - names.get("skipped", 0)
            failed += bad
            skipped += names.get("skipped", 0)
            ran_unittest = None
        elif PYTEST.match(line):
            names = named(line)
            passed += names.get("passed", 0)
            failed += sum(names.get(n, 0) for n in ("failed", "error", "errors"))
            skipped += names.get("skipped", 0)
    for ran, bad, left_out in (tuple(swift.values()), xctest):
        passed += ran - bad - left_out
        failed += bad
        skipped += left_out
    return passed, failed, skipped


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        print(*count(log))
