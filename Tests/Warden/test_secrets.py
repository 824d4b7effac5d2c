"""What others of the same user can find out about chatd."""

import ctypes as c
import errno
import os
import signal
import subprocess
import sys
import unittest

from scene import in_process
from warden import FIXTURE, LIBRARY, load

SECRET = "sk-" + "q7" * 20
NOBODY = 65534
PR_GET_DUMPABLE = 3

# Forgets WARDEN_KEY, says what came of it and what it still finds, and waits to be looked at.
FORGETFUL = f"""
import ctypes, os, sys
library = ctypes.CDLL({LIBRARY!r})
if sys.argv[1:] == ["set"]:
    os.putenv("WARDEN_KEY", "{SECRET}-copy")
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_void_p
copied = libc.getenv(b"WARDEN_KEY")
result = library.warden_forget_environment(b"WARDEN_KEY")
print(result, ctypes.string_at(copied) if copied else None, libc.getenv(b"WARDEN_KEY"), flush=True)
sys.stdin.read()
"""


def environ(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        return file.read()


class Forget(unittest.TestCase):
    def run_forgetful(self, entries, *arguments):
        """Runs it with an environment in which a name may stand twice."""
        def start():
            strings = [sys.executable, "-c", FORGETFUL, *arguments]
            array = [(c.c_char_p * (len(items) + 1))(*map(os.fsencode, items), None)
                     for items in (strings, entries)]
            c.CDLL(None).execve(os.fsencode(sys.executable), *array)
        child = subprocess.Popen([sys.executable, "-c", "pass"], preexec_fn=start,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = child.stdout.readline().strip()
        seen = environ(child.pid)
        child.communicate()
        return said, seen

    def test_the_value_is_nowhere_to_be_found(self):
        said, seen = self.run_forgetful(["A=1", f"WARDEN_KEY={SECRET}", "Z=26"])
        self.assertEqual(said, "0 b'' None")
        self.assertNotIn(SECRET.encode(), seen)
        self.assertTrue(seen.startswith(b"A=1\0WARDEN_KEY=\0") and seen.endswith(b"\0Z=26\0"))

    def test_a_second_one_of_the_name_and_a_copy_are_forgotten_too(self):
        entries = [f"WARDEN_KEY={SECRET}", "WARDEN_KEY2=kept", f"WARDEN_KEY={SECRET}2"]
        said, seen = self.run_forgetful(entries)
        self.assertEqual(said, "0 b'' None")
        said_of_copy, seen_of_copy = self.run_forgetful(entries, "set")
        self.assertEqual(said_of_copy, "0 b'' None")
        for text in (seen, seen_of_copy):
            self.assertNotIn(SECRET.encode(), text)
            self.assertIn(b"WARDEN_KEY2=kept", text)

    def test_a_name_that_is_nowhere_is_said(self):
        said, seen = self.run_forgetful([f"OTHER={SECRET}"])
        self.assertEqual(said, f"{-errno.ENOENT} None None")
        self.assertIn(SECRET.encode(), seen)  # So it could have been seen above.

    def test_a_name_that_is_none_is_refused(self):
        for name in (b"", b"A=B"):
            self.assertEqual(load(LIBRARY).warden_forget_environment(name), -errno.EINVAL)


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class Harden(unittest.TestCase):
    def look(self, hardens):
        """What a process finds out about its parent, of the same user that is not root."""
        library = load(LIBRARY)

        def be_looked_at():
            # An exec, so that it is a process of that user as any other.
            results = [library.warden_harden() if hardens else 0,
                       c.CDLL(None).prctl(PR_GET_DUMPABLE)]
            script = f"cat /proc/{os.getpid()}/environ >/dev/null 2>&1; echo $?"
            done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True)
            return [*results, int(done.stdout), bool(os.listdir("/proc/self/fd"))]

        def start():
            c.CDLL(None).prctl(4, 1)  # Becoming another user has made it undumpable already.
            return be_looked_at()
        return in_process(start, uid=NOBODY)

    def test_no_other_of_its_user_reads_its_environment(self):
        self.assertEqual(self.look(hardens=True), [0, 0, 1, True])

    def test_without_it_another_could(self):
        self.assertEqual(self.look(hardens=False), [0, 1, 0, True])

    def test_what_it_starts_is_as_ever(self):
        library = load(LIBRARY)

        def start():
            assert library.warden_harden() == 0
            child = subprocess.Popen([FIXTURE, "hold"], stdout=subprocess.PIPE, env={"A": "1"})
            child.stdout.readline()
            found = environ(child.pid).decode()
            child.send_signal(signal.SIGKILL)
            child.wait()
            return found
        self.assertEqual(in_process(start, uid=NOBODY), "A=1\0")
