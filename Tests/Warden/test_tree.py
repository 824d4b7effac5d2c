"""What a child had started ends with it, however it hid, and nobody else does."""

import os
import resource
import signal
import time

from scene import Scene, children, end_marked, marked, state
from warden import EXITED, GONE, GROUP, LEADER, SPAWNED, TREE, Warden, await_condition, variant


class Tree(Scene):
    def assert_gone(self, child):
        child.wait(GONE)
        self.assertEqual(marked(self.mark), [], "GONE was said too early")
        self.assertEqual(self.warden.order[child.token], [SPAWNED, EXITED, GONE])

    def test_100_grandchildren_are_gone_when_gone_is_said(self):
        child = self.spawn("children", 100)
        self.await_marked(101)
        os.kill(child.pid, signal.SIGKILL)
        self.assert_gone(child)

    def test_100_daemonised_grandchildren_are_gone_when_gone_is_said(self):
        child = self.spawn("daemonise", 100)
        child.read(until="ready")
        self.await_marked(101)
        child.signal(signal.SIGKILL, LEADER)
        self.assert_gone(child)

    def test_a_daemonised_grandchild_stays_below_its_living_leader(self):
        child = self.spawn("daemonise", 1)
        child.read(until="ready")
        self.assertEqual(len(children(child.pid)), 1)
        self.assertEqual(children(self.warden.pid), [child.pid])

    def test_a_leader_that_leaves_a_daemon_and_exits_0_leaves_nothing(self):
        for code in (0, 1, 78):
            child = self.spawn("daemonise-and-exit", code)
            self.assertEqual(child.wait(EXITED).value, code)
            self.assert_gone(child)

    def test_a_tree_kill_reaches_wanderers(self):
        for _ in range(5):
            child = self.spawn("wander", 10)
            child.read(until="ready")
            child.signal(signal.SIGKILL, TREE)
            self.assertEqual(child.wait(EXITED).value, signal.SIGKILL)
            self.assert_gone(child)

    def test_wanderers_of_a_dead_leader_are_caught(self):
        for _ in range(5):
            child = self.spawn("wander", 10)
            child.read(until="ready")
            child.signal(signal.SIGKILL, LEADER)
            self.assert_gone(child)

    def test_a_fork_bomb_does_not_outrun_a_tree_kill(self):
        child = self.spawn("bomb", 300)
        child.read(until="ready")
        await_condition("it has begun", lambda: len(marked(self.mark)) > 50)
        child.signal(signal.SIGKILL, TREE)
        self.assert_gone(child)

    def test_a_neighbour_and_its_daemon_live_on(self):
        neighbour = self.spawn("daemonise", 2)
        neighbour.read(until="ready")
        alive = self.await_marked(3)
        for scope in (LEADER, GROUP, TREE):
            child = self.spawn("daemonise", 5)
            child.read(until="ready")
            child.signal(signal.SIGKILL, scope)
            child.wait(GONE)
        self.assertEqual(sorted(marked(self.mark)), sorted(alive))
        self.assertNotIn("T", [state(pid) for pid in alive])

    def test_one_that_gave_up_its_daemons_still_leaves_none(self):
        child = self.spawn("escape")
        child.read(until="ready")
        self.await_marked(2)
        self.assertEqual(len(children(self.warden.pid)), 2)
        child.signal(signal.SIGKILL, LEADER)
        self.assert_gone(child)

    def test_an_orphan_that_will_not_go_holds_up_its_own_leader_alone(self):
        child, tracer = self.linger()
        killed = time.monotonic()
        # The orphan counts for leaders that end within 200 ms: so one that ends a little later.
        other = self.warden.spawn("/bin/sleep", "0.5")
        other.wait(GONE)
        self.assertGreater(time.monotonic() - killed, 0.4)
        self.assertNotIn(GONE, child.events)
        tracer.signal(signal.SIGKILL, LEADER)
        child.wait(GONE)
        tracer.wait(GONE)

    def test_nobody_is_gone_while_the_warden_cannot_look(self):
        child = self.spawn("daemonise", 1)
        child.read(until="ready")
        self.await_marked(2)
        limits = resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE)
        # The two pipes' ends that it had passed on before are closed by now, or soon.
        own = 8 if self.warden.cgroup()[1] == 0 else 6
        files = await_condition("it holds but its own", lambda: len(
            found := os.listdir(f"/proc/{self.warden.pid}/fd")) == own and found)
        resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE, (len(files), limits[1]))
        child.signal(signal.SIGKILL, TREE)
        child.wait(EXITED)
        with self.assertRaisesRegex(AssertionError, "no event"):
            child.wait(GONE, within=0.2)
        resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE, limits)
        self.assert_gone(child)

    def test_others_are_served_while_a_tree_is_cleared(self):
        child = self.spawn("wander", 20)
        child.read(until="ready")
        child.signal(signal.SIGKILL, LEADER)
        others = [self.spawn("exit", 7) for _ in range(20)]
        for other in others:
            self.assertEqual(other.wait(EXITED).value, 7)
            other.wait(GONE)
        child.wait(GONE)


class PositiveControl(Scene):
    """The checks above can fail: this warden does not look below its leaders."""

    def setUp(self):
        super().setUp()
        # With a cgroup it would not have to look.
        self.planted = Warden(program=variant("planted"), cgroups=False)
        self.addCleanup(end_marked, self.mark)
        self.addCleanup(self.planted.close)

    def test_a_planted_bug_is_seen_when_a_leader_dies(self):
        child = self.spawn("daemonise", 1, warden=self.planted)
        child.read(until="ready")
        os.kill(child.pid, signal.SIGKILL)
        child.wait(GONE)
        self.assertEqual(len(marked(self.mark)), 1)

    def test_a_planted_bug_is_seen_when_the_socket_closes(self):
        child = self.spawn("daemonise", 1, warden=self.planted)
        child.read(until="ready")
        self.planted.close()
        with self.assertRaisesRegex(AssertionError, "all that was started is gone"):
            self.assert_none_left(within=0.5)
