"""What an earlier chatd and its warden left when both were killed, is ended; nobody else is."""

import ctypes as c
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

import group
from scene import Scene, can_make_groups, children, end_marked, in_process, marked, state
from warden import FIXTURE, LIBRARY, await_condition, load

DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")
LATEST = 2**64 - 1
NOBODY = 65534

# Says how many it ended beside itself: it bears the marker too, as does the shell above it.
SWEEPER = """
import ctypes, os, sys
library = ctypes.CDLL(sys.argv[1])
print(library.warden_sweep(sys.argv[2].encode(), ctypes.c_uint64(0), 5000))
"""


def start_ticks(pid):
    ticks = c.c_uint64()
    assert load(LIBRARY).warden_process_start(pid, c.byref(ticks)) == 0
    return ticks.value


class Sweep(Scene):
    def setUp(self):
        super().setUp()
        self.folder = f"/tmp/chatd-{uuid.uuid4().hex[:12]}"
        self.marker = f"CHATD_SOCKET={self.folder}/"

    def plant(self, mode, *arguments, value=None, name="CHATD_SOCKET", more=None, ready=1):
        """Starts a fixture as chatd's child would be; it is a leader of its own session."""
        environment = {**(more or {}), name: value or self.folder + "/a.sock", "LAST": "1"}
        process = subprocess.Popen([FIXTURE, mode, *map(str, arguments)], env=environment,
                                   stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(ready):
            process.stdout.readline()
        return process

    def sweep(self, marker=None, not_before=0, within_ms=10_000):
        return load(LIBRARY).warden_sweep((marker or self.marker).encode(), not_before, within_ms)

    def assert_lives(self, process, what):
        self.assertIsNone(process.poll(), what)
        self.assertIn(state(process.pid), ("S", "R"), what)

    def test_all_that_bear_the_marker_are_ended_and_counted(self):
        self.plant("hold")
        self.plant("children", 3)
        self.plant("ignore")
        daemon = self.plant("daemonise", 4)
        found = len(marked(self.marker))
        self.assertEqual(found, 11)
        self.assertEqual(self.sweep(), found)
        self.assertEqual(marked(self.marker), [])
        daemon.wait()
        self.assertEqual(self.sweep(), 0)

    def test_a_daemon_that_is_called_otherwise_and_belongs_to_init_is_ended(self):
        planted = self.plant("renamed", "one", "two")
        daemon = children(planted.pid) or [p for p in marked(self.marker) if p != planted.pid]
        with open(f"/proc/{daemon[0]}/cmdline", "rb") as file:
            self.assertNotIn(b"fixture", file.read())
        planted.kill()
        planted.wait()
        self.assertEqual(marked(self.marker), daemon)
        self.assertEqual(self.sweep(), 1)
        self.assertEqual(marked(self.marker), [])

    def test_who_has_another_marker_or_none_survives(self):
        spared = {
            "without": self.plant("hold", name="OTHER", value="x"),
            "longer folder": self.plant("hold", value=self.folder + "X/a.sock"),
            "shorter": self.plant("hold", value=self.folder),
            "another name": self.plant("hold", name="XCHATD_SOCKET"),
            "within a value": self.plant("hold", name="OTHER", value="y " + self.marker),
            "as an argument": self.plant("hold", self.marker, name="OTHER", value="x"),
        }
        guilty = self.plant("hold")
        self.assertEqual(self.sweep(), 1)
        self.assertEqual(guilty.wait(), -signal.SIGKILL)
        for what, process in spared.items():
            self.assert_lives(process, what)

    def test_a_marker_is_found_wherever_it_lies_in_a_long_environment(self):
        # Across the end of each part that is read, character by character.
        for length in range(4096 - len(self.marker) - 8, 4096 + 2, 3):
            self.plant("hold", more={"BEFORE": "x" * (length - len("BEFORE=") - 1)})
        self.assertEqual(self.sweep(), len(range(4096 - len(self.marker) - 8, 4096 + 2, 3)))

    def test_who_started_before_the_time_survives(self):
        older = self.plant("hold")
        younger = await_condition("one with a later start", lambda: (
            p := self.plant("hold")) and start_ticks(p.pid) > start_ticks(older.pid) and p)
        others = len(marked(self.marker)) - 2
        since = start_ticks(younger.pid)
        self.assertLessEqual(self.sweep(not_before=since), others + 1)
        self.assertEqual(younger.wait(), -signal.SIGKILL)
        self.assert_lives(older, "older")
        self.assertEqual(self.sweep(not_before=LATEST), 0)
        self.assertGreaterEqual(self.sweep(not_before=start_ticks(older.pid)), 1)
        self.assertEqual(older.wait(), -signal.SIGKILL)

    def test_those_that_fork_do_not_escape(self):
        for mode, count in (*[("wander", 10)] * 5, ("bomb", 300)):
            self.plant(mode, count)
            await_condition("they run", lambda c=count: len(marked(self.marker)) > min(c, 50) / 2)
            self.assertGreater(self.sweep(), 0)
            self.assertEqual(marked(self.marker), [], mode)

    def test_stopped_ones_are_ended_and_zombies_do_not_count(self):
        stopped, zombie = self.plant("hold"), self.plant("hold")
        stopped.send_signal(signal.SIGSTOP)
        zombie.kill()
        await_condition("one is stopped, one ended",
                        lambda: (state(stopped.pid), state(zombie.pid)) == ("T", "Z"))
        self.assertEqual(self.sweep(), 1)
        self.assertEqual(stopped.wait(), -signal.SIGKILL)

    def test_the_caller_and_those_it_comes_from_are_spared(self):
        guilty = self.plant("daemonise", 2)
        environment = {**os.environ, "CHATD_SOCKET": self.folder + "/a.sock"}
        script = '"$@"; echo alive'
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", sys.executable, "-c", SWEEPER, LIBRARY, self.marker],
            env=environment, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "3\nalive\n")
        self.assertEqual(guilty.wait(), -signal.SIGKILL)

    def test_a_marker_that_would_fit_many_is_refused(self):
        for marker in ("", "PATH", "PATH=", "=x", "="):
            self.assertEqual(load(LIBRARY).warden_sweep(marker.encode(), 0, 10), -errno.EINVAL)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_user_ends_his_own_alone(self):
        roots = self.plant("hold")
        environment = {"CHATD_SOCKET": self.folder + "/b.sock"}

        def start():
            own = subprocess.Popen([FIXTURE, "hold"], env=environment, stdout=subprocess.PIPE)
            own.stdout.readline()
            ended = load(LIBRARY).warden_sweep(self.marker.encode(), 0, 5000)
            own.stdout.close()
            return [ended, own.wait()]
        self.assertEqual(in_process(start, uid=NOBODY), [1, -signal.SIGKILL])
        self.assert_lives(roots, "root's")

    def test_without_descriptors_it_is_an_error(self):
        def start():
            library = load(LIBRARY)
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
            return library.warden_sweep(self.marker.encode(), 0, 100)
        self.assertEqual(in_process(start), -errno.EMFILE)


@unittest.skipUnless(can_make_groups(), "no cgroup can be made here, or none is wanted")
class SweepCgroup(Scene):
    def sweep(self, path, within_ms=5000):
        return load(LIBRARY).warden_sweep_cgroup(os.fsencode(path), within_ms)

    def join(self, folder, mode, *arguments):
        """Starts a fixture in a group, as a warden's child would be."""
        process = subprocess.Popen(
            [FIXTURE, mode, *map(str, arguments)], stdout=subprocess.PIPE, env={},
            start_new_session=True, preexec_fn=lambda: group.enter(folder))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdout.readline()
        return process

    def free_pid(self):
        return next(pid for pid in range(4_000_000, 4_100_000) if state(pid) is None)

    def test_all_in_an_earlier_wardens_groups_are_ended_and_the_folder_removed(self):
        with group.made() as beside, group.made(f"chatd-{self.free_pid()}") as folder:
            for token in ("1", "2"):
                os.makedirs(os.path.join(folder, token, "deeper"))
            first = self.join(os.path.join(folder, "1"), "daemonise", 5)
            second = self.join(os.path.join(folder, "2", "deeper"), "bomb", 100)
            neighbour = self.join(beside, "hold")
            self.assertEqual(self.sweep(folder), 0)
            self.assertFalse(os.path.exists(folder))
            self.assertEqual((first.wait(), second.wait()), (-signal.SIGKILL,) * 2)
            self.assertIn(state(neighbour.pid), ("S", "R"))
            neighbour.kill()
            neighbour.wait()
            self.assertEqual(self.sweep(folder), 0)

    def test_a_path_of_anything_else_is_refused_and_nobody_touched(self):
        number = self.free_pid()
        with (group.made() as other, group.made(f"chatd-{number}x") as letters,
              group.made(f"chatd-{number}") as good, tempfile.TemporaryDirectory() as folder):
            processes = [self.join(name, "hold") for name in (other, letters, good)]
            plain = os.path.join(folder, "chatd-5")
            os.mkdir(plain)
            link = os.path.join(folder, "chatd-6")
            os.symlink(good, link)
            within = os.path.join(os.path.dirname(good), "x", "..", os.path.basename(good))
            relative = os.path.relpath(good, "/")
            for path in (other, letters, plain, link, within, relative, group.ROOT, "/", "",
                         good + "/", good + "/.", good.replace(group.ROOT, group.ROOT + "/"),
                         os.path.join(os.path.dirname(good), "chatd-"),
                         os.path.join(os.path.dirname(good), "chatd-0")):
                self.assertEqual(self.sweep(path), -errno.EINVAL, path)
            for process in processes:
                self.assertIn(state(process.pid), ("S", "R"))
                process.kill()
                process.wait()

    def test_a_living_wardens_groups_are_left_to_it(self):
        child = self.spawn("daemonise", 2)
        child.read(until="ready")
        folder = self.warden.cgroup()[0]
        self.assertEqual(self.sweep(folder, within_ms=50), -errno.EBUSY)
        self.assertEqual(len(marked(self.mark)), 3)

    def test_the_caller_is_not_ended_by_itself(self):
        def start():
            group.enter(folder)
            result = self.sweep(folder)
            group.enter(home)
            return result
        home = group.ROOT + group.own()
        with group.made(f"chatd-{self.free_pid()}") as folder:
            self.assertEqual(in_process(start), -errno.EBUSY)

    def test_what_a_chatd_and_its_warden_left_that_were_killed_together_is_ended(self):
        for sweeps_groups in (True, False):
            with self.subTest(groups=sweeps_groups):
                folder = self.kill_both()
                # Leaders die with their warden, daemons do not: there is something to be swept.
                self.assertGreater(len(marked(self.mark)), 0)
                if sweeps_groups:
                    self.assertEqual(self.sweep(folder), 0)
                else:
                    self.assertGreater(load(LIBRARY).warden_sweep(self.mark.encode(), 0, 5000), 0)
                self.assertEqual(marked(self.mark), [])
                self.assertEqual(self.sweep(folder), 0)
                self.assertFalse(os.path.exists(folder))

    def kill_both(self):
        """A chatd and its warden killed at once; returns the folder of that warden's groups."""
        driver = subprocess.Popen([sys.executable, DRIVER, "be-killed", self.mark],
                                  stdout=subprocess.PIPE)
        self.addCleanup(end_marked, self.mark)
        self.addCleanup(driver.wait)
        self.addCleanup(driver.kill)
        self.addCleanup(driver.stdout.close)
        warden = json.loads(driver.stdout.readline())["warden"]
        folder = c.create_string_buffer(4096)
        self.assertEqual(load(LIBRARY).warden_cgroup_path(warden, folder, 4096), 0)
        os.kill(warden, signal.SIGSTOP)  # So that it can do nothing about it.
        driver.kill()
        os.kill(warden, signal.SIGKILL)
        await_condition("both have ended", lambda: state(warden) in (None, "Z"))
        return folder.value.decode()
