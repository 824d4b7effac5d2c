"""With cgroup v2: each child in a group of its own, killed as one and removed when it is gone."""

import os
import signal
import subprocess
import unittest

import group
from scene import Scene, can_make_groups, children, marked, state
from warden import (CGROUPS, EXITED, FIXTURE, GONE, LEADER, NOT_CGROUP, NOT_MEMORY, NOT_PIDS,
                    SPAWNED, TREE, Warden, await_condition, variant)

GROUPS = can_make_groups()
LAST_PID = "/proc/sys/kernel/ns_last_pid"


def has_controller(name):
    return GROUPS and group.own() == "/" and name in group.read(
        group.ROOT, "cgroup.controllers").split()


@unittest.skipUnless(GROUPS, "no cgroup can be made here, or none is wanted")
class Cgroup(Scene):
    def variant(self, name):
        warden = Warden(program=variant(name))
        self.addCleanup(warden.close)
        return warden

    def folder(self, child):
        return os.path.join(child.warden.cgroup()[0], str(child.token))

    def test_a_child_and_its_daemons_are_in_a_group_of_its_own(self):
        one, other = self.spawn("daemonise", 2), self.spawn("hold")
        one.read(until="ready")
        paths = {child: f"chatd-{self.warden.pid}/{child.token}" for child in (one, other)}
        for pid in [one.pid, *children(one.pid)]:
            self.assertTrue(group.own(pid).endswith("/" + paths[one]), group.own(pid))
        self.assertTrue(group.own(other.pid).endswith("/" + paths[other]))
        self.assertEqual([c.wait(SPAWNED).unapplied for c in (one, other)], [0, 0])
        self.assertEqual(group.own(self.warden.pid), group.own())

    def frozen(self, count):
        """So many children that can't get to their programs, as from a disk that hangs."""
        folder = self.warden.cgroup()[0]
        group.write("1", folder, "cgroup.freeze")
        self.addCleanup(lambda: group.write("0", folder, "cgroup.freeze"))
        return folder, [self.spawn("hold") for _ in range(count)]

    def test_programs_that_are_slow_to_load_hold_up_nobody(self):
        other = self.spawn("hold")
        other.read(until="ready")
        folder, slow = self.frozen(20)
        other.signal(signal.SIGKILL, TREE)
        other.wait(GONE)
        self.assertEqual([child.events for child in slow], [{}] * 20)
        group.write("0", folder, "cgroup.freeze")
        for child in slow:
            child.read(until="ready")

    def test_starts_beyond_those_under_way_come_in_their_turn(self):
        self.spawn("hold").read(until="ready")
        folder, slow = self.frozen(100)
        group.write("0", folder, "cgroup.freeze")
        for child in slow:
            child.read(until="ready")

    def test_one_that_is_killed_on_the_way_to_its_program_was_started_and_ended(self):
        self.spawn("hold").read(until="ready")
        _, (slow,) = self.frozen(1)
        slow.signal(signal.SIGKILL, TREE)
        slow.wait(GONE)
        self.assertEqual(self.warden.order[slow.token], [SPAWNED, EXITED, GONE])
        self.assertEqual(slow.events[EXITED].value, signal.SIGKILL)

    def test_the_group_is_gone_when_gone_is_said_and_the_folder_at_the_end(self):
        child, other = self.spawn("daemonise", 3), self.spawn("hold")
        child.read(until="ready")
        folder = self.folder(child)
        self.assertTrue(os.path.isdir(folder))
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)
        self.assertFalse(os.path.exists(folder))
        self.assertTrue(os.path.isdir(self.folder(other)))
        failed = self.warden.spawn("/nowhere")
        self.spawn("exit", 0).wait(GONE)
        self.assertFalse(os.path.exists(self.folder(failed)))
        self.warden.close()
        self.assertFalse(os.path.exists(os.path.dirname(folder)))

    def test_a_group_is_killed_whole_where_no_walk_finds_it(self):
        planted = self.variant("planted")  # It does not look below its leaders.
        for end in (lambda c: c.signal(signal.SIGKILL, TREE), lambda c: os.kill(c.pid, 9)):
            child = self.spawn("daemonise", 20, warden=planted)
            child.read(until="ready")
            self.assertEqual(len(marked(self.mark)), 21)
            end(child)
            child.wait(GONE)
            self.assertEqual(marked(self.mark), [])

    def test_a_fork_bomb_does_not_outrun_the_killing_of_its_group(self):
        child = self.spawn("bomb", 300, warden=self.variant("planted"))
        child.read(until="ready")
        await_condition("it has begun", lambda: len(marked(self.mark)) > 50)
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)
        self.assertEqual(marked(self.mark), [])

    def test_a_neighbour_in_its_group_lives_on(self):
        neighbour = self.spawn("daemonise", 2)
        neighbour.read(until="ready")
        alive = sorted(marked(self.mark))
        child = self.spawn("daemonise", 2)
        child.read(until="ready")
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)
        self.assertEqual(sorted(marked(self.mark)), alive)
        self.assertNotIn("T", [state(pid) for pid in alive])

    def test_gone_waits_until_nothing_is_in_the_group(self):
        child = self.spawn("hold", warden=self.variant("merciful"))  # It kills no group.
        child.read(until="ready")
        guest = subprocess.Popen([FIXTURE, "hold"], stdout=subprocess.DEVNULL, env={})
        self.addCleanup(guest.wait)
        self.addCleanup(guest.kill)
        group.enter(self.folder(child), guest.pid)
        child.signal(signal.SIGKILL, TREE)
        child.wait(EXITED)
        with self.assertRaisesRegex(AssertionError, "no event"):
            child.wait(GONE, within=0.3)
        guest.kill()
        child.wait(GONE)
        self.assertFalse(os.path.exists(self.folder(child)))

    def test_groups_that_a_child_makes_below_its_own_go_with_it(self):
        child = self.spawn("hold")
        child.read(until="ready")
        deep = os.path.join(self.folder(child), "a", "b")
        os.makedirs(deep)
        group.enter(deep, child.pid)
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)
        self.assertFalse(os.path.exists(self.folder(child)))

    def test_a_killed_wardens_folder_is_ended_by_who_waits_for_it(self):
        child = self.spawn("daemonise", 5)
        child.read(until="ready")
        folder = self.warden.cgroup()[0]
        os.kill(self.warden.pid, signal.SIGKILL)
        self.warden.ended()
        self.assertTrue(os.path.isdir(folder))
        self.assertEqual(self.warden.library.warden_wait(self.warden.pid, 5000), 0)
        self.assertFalse(os.path.exists(folder))
        self.assert_none_left()
        os.close(self.warden.fd)
        self.warden.fd = -1

    def test_without_groups_it_is_said_and_all_else_is_as_it_was(self):
        for warden in (Warden(cgroups=False), self.variant("unmounted")):
            self.addCleanup(warden.close)
            child = self.spawn("daemonise", 5, warden=warden)
            child.read(until="ready")
            self.assertEqual(child.wait(SPAWNED).unapplied, NOT_CGROUP)
            self.assertEqual(group.own(child.pid), group.own())
            child.signal(signal.SIGKILL, LEADER)
            child.wait(GONE)
            self.assertEqual(marked(self.mark), [])

    @unittest.skipUnless(os.access(LAST_PID, os.W_OK), "the next pid can't be chosen here")
    def test_an_empty_folder_of_its_name_is_used_and_one_in_use_left_alone(self):
        for guest, unapplied in ((False, 0), (True, NOT_CGROUP)):
            with self.subTest(guest=guest):
                self.assert_folder_met(guest, unapplied)

    def assert_folder_met(self, guest, unapplied):
        """Starts a warden whose pid an earlier one had that has left its folder."""
        # Others start processes too, so the pid that was chosen may go to one of them.
        for pid in [pid for pid in range(20000, 30000) if state(pid) is None][:100]:
            with group.made(f"chatd-{pid}") as folder:
                if guest:
                    group.enter(folder, self.bystander.pid)
                group.write(str(pid - 1), LAST_PID)
                warden = Warden()
                said = self.spawn("hold", warden=warden).wait(SPAWNED).unapplied
                warden.close()
                group.enter(group.ROOT + group.own(), self.bystander.pid)
            if warden.pid == pid:
                self.assertEqual(said, unapplied)
                return
        self.fail("others took the pid every time")


class Limits(Scene):
    def asked(self, warden=None):
        options = self.warden.options(memory_max=4 << 20, pids_max=10)
        child = self.spawn("daemonise", 1, warden=warden, options=options)
        child.read(until="ready")
        return child, child.wait(SPAWNED).unapplied

    def test_what_no_controller_applies_is_said(self):
        expected = 0 if CGROUPS and GROUPS else NOT_CGROUP
        for name, bit in (("memory", NOT_MEMORY), ("pids", NOT_PIDS)):
            expected |= 0 if has_controller(name) else bit
        child, unapplied = self.asked()
        self.assertEqual(unapplied & (NOT_CGROUP | NOT_MEMORY | NOT_PIDS), expected)
        names = [self.warden.library.warden_unapplied_name(1 << i).decode() for i in range(5)]
        self.assertEqual(names, ["oom_score_adj", "cgroup", "memory limit", "process limit",
                                 "unknown"])
        self.assertEqual(self.spawn("hold").wait(SPAWNED).unapplied & ~NOT_CGROUP, 0)

    @unittest.skipUnless(has_controller("hugetlb"), "no controller to enable here")
    def test_a_limit_is_set_through_its_controller(self):
        # hugetlb stands for memory, and what is in the group for what the kernel killed.
        with group.controller("hugetlb"):
            warden = Warden(program=variant("controlled"))
            self.addCleanup(warden.close)
            child, unapplied = self.asked(warden)
            folder = os.path.join(warden.cgroup()[0], str(child.token))
            self.assertEqual(group.read(folder, "hugetlb.2MB.max"), f"{4 << 20}\n")
            self.assertEqual(unapplied & NOT_MEMORY, 0)
            child.signal(signal.SIGKILL, LEADER)
            self.assertEqual(child.wait(EXITED).oom_kills, 1)
            child.wait(GONE)
            plain = self.spawn("daemonise", 1, warden=warden)
            plain.read(until="ready")
            plain.signal(signal.SIGKILL, LEADER)
            self.assertEqual(plain.wait(EXITED).oom_kills, 0)
            warden.close()

    @unittest.skipUnless(has_controller("hugetlb"), "no controller to enable here")
    def test_a_group_with_processes_gives_its_children_no_controller(self):
        with group.controller("hugetlb"), group.made() as folder:
            group.write("+hugetlb", group.ROOT, "cgroup.subtree_control")
            with group.warden_within(folder, variant("controlled")) as warden:
                child, unapplied = self.asked(warden)
                self.assertEqual(unapplied & (NOT_CGROUP | NOT_MEMORY), NOT_MEMORY)
                self.assertTrue(warden.cgroup()[0].startswith(folder + "/chatd-"))
                self.assertIn(os.path.basename(folder), group.own(child.pid))
