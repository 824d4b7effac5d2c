"""Measures chatd against what a plain C program takes for the same, and prints a table.

    bench.py [--quick] [--only NAME]... [--chatd PATH]

Each row is chatd beside its floor in the same run, by turns, several times; the ratio is the median
of the repeats' ratios. Nothing here passes or fails by a time: the exit code says whether the rows
could be measured.
"""

import argparse
import os
import pathlib
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys

import crowd
import deltas
import restart
import rollup
import rows
import sends
import size

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent

SCENARIOS = {
    "rollup": rollup.run,
    "restart": restart.run,
    "start": crowd.run_start,
    "idle": crowd.run_idle,
    "memory": crowd.run_memory,
    "sends": sends.run,
    "deltas": deltas.run,
    "size": size.run,
}


# Several times what any takes: only one that hangs gets there.
SCENARIO_S = 240


class Bench:
    """What every scenario needs: where things are, and how long to measure."""

    def __init__(self, arguments):
        self.root = ROOT
        self.chatd = pathlib.Path(arguments.chatd).resolve()
        self.build = ROOT / ".build" / "bench"
        self.quick = arguments.quick
        self.repeats = 2 if arguments.quick else 5

    def compile(self):
        """Builds the child, the floor, what sends to chatd and watches it, and what counts its
        flushes."""
        self.build.mkdir(parents=True, exist_ok=True)
        compiler = shutil.which("cc") or shutil.which("clang") or "cc"
        flags = [compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror"]
        for name, *arguments in (("child", HERE / "child.c"),
                                 ("floor", "-pthread",
                                  *sorted((HERE / "floor").glob("*.c")), "-lsqlite3",
                                  "-lcurl"),
                                 ("senders", HERE / "senders.c"),
                                 ("watcher", HERE / "watcher.c"),
                                 ("flushes.so", "-shared", "-fPIC", HERE / "flushes.c")):
            subprocess.run([*flags, "-o", self.build / name, *arguments], check=True)

    def scratch(self, name):
        """The path of a new file on the disk on which chatd's database is."""
        path = self.build / f"{name}-{os.getpid()}"
        path.unlink(missing_ok=True)
        return path

    def guarded(self, found, measure, seconds=SCENARIO_S):
        """The rows as `measure` fills them; where it fails or takes longer, as errors that say
        why."""
        signal.alarm(seconds)
        try:
            measure()
        except (rows.Wrong, OSError, RuntimeError, ValueError, KeyError, sqlite3.Error,
                subprocess.SubprocessError) as error:
            for row in found:
                row.error = f"{type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
            for path in self.build.glob(f"*-{os.getpid()}"):
                path.unlink()
        return found


def give_up(number, _frame):
    """Ends a scenario that hangs, or, where somebody asks for it, everything; what was started is
    ended on the way."""
    if number == signal.SIGALRM:
        raise TimeoutError("a scenario was not done in its time")
    signal.signal(number, signal.SIG_IGN)  # a second one would break off the clearing up
    sys.exit(128 + number)


def machine():
    """The machine in a line."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if "model name" in line), "?")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (f"{platform.system()} {platform.release()} {platform.machine()}, "
            f"{os.cpu_count()} × {model}, {pages / 2**30:.0f} GiB")


def commit():
    """The commit that is checked out, marked where files differ from it."""
    command = ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="few repeats: to see that it works")
    parser.add_argument("--only", action="append", choices=SCENARIOS, default=[],
                        help="this one; may be repeated")
    parser.add_argument("--chatd", default=ROOT / ".build" / "release" / "chatd",
                        help="the binary that is measured (default: the release build)")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    if not bench.chatd.is_file():
        parser.error(f"{bench.chatd} is not there: make build, or --chatd PATH")
    bench.compile()
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, give_up)
    print(f"{machine()}, commit {commit()}, load {os.getloadavg()[0]:.1f}\n{rows.HEAD}", flush=True)
    found = []
    for name in arguments.only or SCENARIOS:
        for row in SCENARIOS[name](bench):
            found.append(row)
            print(rows.line(row), flush=True)
    path = ROOT / ".build" / "bench.json"
    rows.write(path, machine(), commit(), found)
    print(f"written to {path.relative_to(ROOT)}")
    return 1 if any(row.error for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
