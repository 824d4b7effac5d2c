"""A machine that has no more to give: an answer that says so, and all goes on when it has again."""

import errno
import os
import resource
import signal
import subprocess
import unittest

import group
import syscalls
from scene import Scene, can_make_groups, in_process, marked, state
from warden import (EXITED, FIXTURE, GONE, NOT_OOM, OOM, SPAWN_FAILED, SPAWNED, TREE, USER, Warden,
                    await_condition)

# A user that has no other processes, so that a limit of processes counts the test's alone.
LONER = 54321
ROOT = os.geteuid() == 0


def refusal(warden, child):
    """Why a spawn failed, and at which stage."""
    warden.receive_until(lambda: SPAWN_FAILED in child.events)
    event = child.events[SPAWN_FAILED]
    return event.error, warden.library.warden_stage_name(event.stage).decode()


class Refusals(Scene):
    def bystander_as(self, uid):
        process = subprocess.Popen([FIXTURE, "hold"], stdout=subprocess.PIPE, env={}, user=uid,
                                   group=uid, extra_groups=[], start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdout.readline()
        return process

    def as_user(self, processes):
        options = self.warden.options(flags=USER, uid=LONER, gid=LONER)
        self.warden.library.warden_add_limit(options, resource.RLIMIT_NPROC, processes)
        return options

    @unittest.skipUnless(ROOT, "only root can become another user")
    def test_a_fork_bomb_under_a_limit_of_processes_harms_nobody(self):
        bystander = self.bystander_as(LONER)
        child = self.spawn("bomb", 300, options=self.as_user(40))
        child.read(until="ready")
        # Each of its processes tries until there would be 300; then all of them hold.
        await_condition("it has reached its limit", lambda: len(marked(self.mark)) >= 39)
        self.assertLessEqual(len(marked(self.mark)), 40)
        self.spawn("exit", 0).wait(GONE)
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)
        self.assertEqual(marked(self.mark), [])
        self.assertIn(state(bystander.pid), ("S", "R"))

    @unittest.skipUnless(ROOT, "only root can become another user")
    def test_a_user_with_too_many_processes_gets_no_more(self):
        bystander = self.bystander_as(LONER)
        first = self.spawn("hold", options=self.as_user(1))
        first.read(until="ready")
        # The kernel counts those that the user had before this one: two of one.
        self.assertEqual(refusal(self.warden, self.spawn("hold", options=self.as_user(1))),
                         (errno.EAGAIN, "exec"))
        first.signal(signal.SIGKILL, TREE)
        first.wait(GONE)
        again = self.spawn("hold", options=self.as_user(1))
        self.assertIn("ready", again.read(until="ready"))
        self.assertIn(state(bystander.pid), ("S", "R"))

    @unittest.skipUnless(ROOT, "only root can become another user")
    def test_a_warden_whose_user_may_start_no_more_says_so(self):
        def start():
            warden = Warden()
            limits = resource.prlimit(warden.pid, resource.RLIMIT_NPROC)
            resource.prlimit(warden.pid, resource.RLIMIT_NPROC, (1, limits[1]))
            refused = refusal(warden, warden.spawn(FIXTURE, "exit", 3))
            resource.prlimit(warden.pid, resource.RLIMIT_NPROC, limits)
            child = warden.spawn(FIXTURE, "exit", 3)
            value = child.wait(EXITED).value
            child.wait(GONE)
            warden.close()
            return [*refused, value]
        self.assertEqual(in_process(start, uid=LONER), [errno.EAGAIN, "fork", 3])

    @unittest.skipUnless(ROOT, "only root can become another user")
    def test_a_score_that_a_user_may_not_have_is_said_and_the_child_runs(self):
        def start():
            warden = Warden()
            said = []
            for score in (-500, 300):
                options = warden.options(flags=OOM, oom_score_adj=score)
                child = warden.spawn(FIXTURE, "exit", 0, options=options)
                said.append(child.wait(SPAWNED).unapplied & NOT_OOM)
                child.wait(GONE)
            warden.close()
            return said
        self.assertEqual(in_process(start, uid=LONER), [NOT_OOM, 0])

    @unittest.skipUnless(syscalls.AVAILABLE, "the filter is for x86-64")
    def test_a_kernel_without_memory_for_a_process_is_an_answer(self):
        for error in (errno.ENOMEM, errno.EAGAIN):
            def start(error=error):
                syscalls.refuse({syscalls.FORK: error, syscalls.CLONE3: errno.ENOSYS})
                warden = Warden()
                refused = [refusal(warden, warden.spawn(FIXTURE, "hold")) for _ in range(3)]
                files = len(os.listdir(f"/proc/{warden.pid}/fd"))
                refused.append(refusal(warden, warden.spawn(FIXTURE, "hold")))
                files -= len(os.listdir(f"/proc/{warden.pid}/fd"))
                folder, missing = warden.cgroup()
                left = 0 if missing else sum(n.isdigit() for n in os.listdir(folder))
                warden.close()
                return [refused, files, left]
            self.assertEqual(in_process(start), [[[error, "fork"]] * 4, 0, 0])

    @unittest.skipUnless(syscalls.AVAILABLE and can_make_groups(), "no filter or no cgroup here")
    def test_a_child_that_cannot_be_born_in_its_group_goes_there(self):
        def start():
            syscalls.refuse({syscalls.CLONE3: errno.ENOSYS})
            warden = Warden()
            child = warden.spawn(FIXTURE, "hold")
            child.read(until="ready")
            result = [group.own(child.pid).endswith(f"chatd-{warden.pid}/{child.token}"),
                      child.wait(SPAWNED).unapplied]
            warden.close()
            return result
        self.assertEqual(in_process(start), [True, 0])

    def test_a_program_too_large_for_its_limit_is_a_clear_end(self):
        options = self.warden.options()
        self.warden.library.warden_add_limit(options, resource.RLIMIT_AS, 4096)
        child = self.spawn("hold", options=options)
        self.warden.receive_until(lambda: SPAWN_FAILED in child.events or EXITED in child.events)
        if SPAWN_FAILED in child.events:
            self.assertEqual(refusal(self.warden, child), (errno.ENOMEM, "exec"))
        else:
            self.assertIn(child.events[EXITED].value, (signal.SIGKILL, signal.SIGSEGV))
        self.assertIn("ready", self.spawn("hold").read(until="ready"))
