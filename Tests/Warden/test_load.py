"""Many children, one after another and all at once."""

import errno
import os
import select
import signal
import time

from scene import Scene, children
from warden import EXITED, FIXTURE, GONE, SPAWN_FAILED, SPAWNED, TREE, Child


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


class Load(Scene):
    def close_pipes(self, child):
        event = child.wait(SPAWNED)
        os.close(event.stdout_fd)
        os.close(event.stderr_fd)
        event.stdout_fd = event.stderr_fd = -1
        del self.warden.children[child.token]

    def test_1000_starts_leave_no_descriptor_and_no_zombie(self):
        def round_trip():
            child = self.spawn("daemonise-and-exit", 0)
            child.wait(GONE)
            self.close_pipes(child)
        for _ in range(10):
            round_trip()
        before = descriptors(self.warden.pid), descriptors("self"), resident_kb(self.warden.pid)
        for _ in range(1000):
            round_trip()
        after = descriptors(self.warden.pid), descriptors("self"), resident_kb(self.warden.pid)
        self.assertEqual(after[:2], before[:2])
        self.assertLess(after[2] - before[2], 200)
        self.assertEqual(children(self.warden.pid), [])

    def test_200_children_start_at_once(self):
        begin = time.monotonic()
        started = [self.spawn("hold") for _ in range(200)]
        for child in started:
            child.wait(SPAWNED)
        spent = time.monotonic() - begin
        one = self.spawn("hold")
        one.wait(SPAWNED)
        begin = time.monotonic()
        os.kill(one.pid, signal.SIGKILL)
        one.wait(GONE)
        gone = time.monotonic() - begin
        print(f"\n200 spawns {spent * 1000:.0f} ms; kill to GONE beside them {gone * 1000:.1f} ms;"
              f" the warden's memory {resident_kb(self.warden.pid)} KiB")
        for child in started:
            child.signal(signal.SIGKILL, TREE)
        for child in started:
            child.wait(GONE)

    def test_one_child_too_many_is_refused_and_the_rest_live(self):
        started = []
        for _ in range(1024):
            started.append(child := self.spawn("ignore"))  # SIGPIPE too: nobody reads it.
            self.close_pipes(child)
            self.warden.children[child.token] = child
        for _ in range(3):
            over = self.spawn("hold")
            self.warden.receive_until(lambda o=over: SPAWN_FAILED in o.events)
            event = over.events[SPAWN_FAILED]
            self.assertEqual((event.error, self.warden.library.warden_stage_name(event.stage)),
                             (errno.EAGAIN, b"table of children"))
        self.assertEqual(len(children(self.warden.pid)), 1024)
        started[0].signal(signal.SIGKILL, TREE)
        started[0].wait(GONE)
        self.spawn("hold").wait(SPAWNED)

    def test_a_chatd_that_does_not_listen_for_a_while_loses_no_event(self):
        started = [self.spawn("exit", 5) for _ in range(250)]
        for child in started:
            child.wait(GONE)
            self.assertEqual(self.warden.order[child.token], [SPAWNED, EXITED, GONE])
            self.assertEqual(child.events[EXITED].value, 5)

    def test_a_sender_that_never_listens_is_told_so_and_loses_no_event(self):
        started, result = [], 0
        while result == 0 and len(started) < 3000:
            token = (1 << 32) + len(started)
            result = self.warden.send_spawn(token, ["fixture", "exit", "5"], {}, "/", None, FIXTURE)
            if result == 0:
                started.append(self.warden.children.setdefault(token, Child(self.warden, token)))
        self.assertEqual(result, -errno.ETIMEDOUT)
        for child in started:
            child.wait(GONE)
            self.assertEqual(self.warden.order[child.token], [SPAWNED, EXITED, GONE])
            self.close_pipes(child)

    def test_a_child_that_fills_its_pipe_disturbs_nobody(self):
        floods = [self.spawn("flood") for _ in range(5)]
        for flood in floods:
            fd = flood.wait(SPAWNED).stdout_fd
            self.assertTrue(select.select([fd], [], [], 20)[0])
        for _ in range(20):
            self.spawn("exit", 1).wait(GONE)
        for flood in floods:
            flood.signal(signal.SIGKILL, TREE)
            self.assertEqual(flood.wait(EXITED).value, signal.SIGKILL)
