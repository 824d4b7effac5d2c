"""How children end, and how that is reported."""

import os
import resource
import signal

from scene import Scene, children, fork_as, marked, state
from warden import (END_EXITED, END_SIGNALLED, EXITED, GONE, GROUP, LEADER, SPAWNED, TREE,
                    await_condition)


class Exit(Scene):
    def test_all_256_exit_codes_are_reported(self):
        started = [self.spawn("exit", code) for code in range(256)]
        ends = [(e.end, e.value) for e in (child.wait(EXITED) for child in started)]
        self.assertEqual(ends, [(END_EXITED, code) for code in range(256)])

    def test_signals_are_reported(self):
        # All that end a process by default, but for the rest of the real-time ones.
        numbers = [*range(1, 5), *range(6, 17), *range(24, 28), 29, 30, 31, 34, 64]
        started = [self.spawn("signal", number) for number in numbers]
        ends = [(e.end, e.value) for e in (child.wait(EXITED) for child in started)]
        self.assertEqual(ends, [(END_SIGNALLED, number) for number in numbers])

    def test_events_come_in_their_order_and_once(self):
        child = self.spawn("exit", 3)
        child.wait(GONE)
        self.spawn("exit", 4).wait(GONE)
        self.assertEqual(set(map(tuple, self.warden.order.values())), {(SPAWNED, EXITED, GONE)})
        self.assertEqual(child.events[EXITED].pid, child.events[SPAWNED].pid)

    def test_what_it_used_is_reported(self):
        busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
        event = self.warden.spawn("/bin/sh", "-c", busy).wait(EXITED)
        self.assertTrue(10_000 < event.utime_us < 20_000_000, event.utime_us)
        self.assertTrue(0 <= event.stime_us < 20_000_000, event.stime_us)
        self.assertTrue(300 < event.maxrss_kb < 100_000, event.maxrss_kb)

    def test_the_cpu_limit_ends_it(self):
        options = self.warden.options()
        self.warden.library.warden_add_limit(options, resource.RLIMIT_CPU, 1)
        child = self.warden.spawn("/bin/sh", "-c", "while :; do :; done", options=options)
        event = child.wait(EXITED)
        self.assertEqual(event.end, END_SIGNALLED)
        self.assertIn(event.value, (signal.SIGXCPU, signal.SIGKILL))

    def test_each_scope_reaches_whom_it_names(self):
        for scope, count in ((LEADER, 1), (GROUP, 2), (TREE, 3)):
            child = self.spawn("terms")  # A child in its group, and a daemonised one.
            child.read(until="ready\nready\n")
            self.await_marked(3)
            child.signal(signal.SIGTERM, scope)
            text = child.read(until=f"term {child.pid}\n")
            await_condition(f"{count} heard it", lambda c=child, n=count:
                            heard(c) == n, 5)
            self.assertEqual(text.count(f"term {child.pid}\n"), 1)
            child.signal(signal.SIGKILL, TREE)
            child.wait(GONE)
            child.read()
            self.assertEqual(child.kept["stdout"].count(b"term"), count)

    def test_a_stopped_child_dies_of_a_tree_kill(self):
        child = self.spawn("children", 3)
        child.read(until="ready")
        child.signal(signal.SIGSTOP, GROUP)
        await_condition("it is stopped", lambda: state(child.pid) == "T")
        child.signal(signal.SIGKILL, TREE)
        self.assertEqual(child.wait(EXITED).value, signal.SIGKILL)
        child.wait(GONE)

    def test_a_child_that_ignores_signals_dies_of_kill(self):
        child = self.spawn("ignore")
        child.read(until="ready")
        child.signal(signal.SIGTERM, TREE)
        child.signal(signal.SIGKILL, LEADER)
        self.assertEqual(child.wait(EXITED).value, signal.SIGKILL)

    def test_an_unknown_token_and_a_wild_signal_are_ignored(self):
        other = self.spawn("hold")
        other.read(until="ready")
        send = self.warden.library.warden_send_signal
        for token in (0, other.token + 1, 2**64 - 1):
            for scope in (LEADER, GROUP, TREE, 0, 99):
                self.assertEqual(send(self.warden.fd, token, signal.SIGKILL, scope), 0)
        for wild in (-1, 0, 65, 2**31 - 1, -(2**31)):
            for scope in (LEADER, GROUP, TREE):
                other.signal(wild, scope)
        self.spawn("exit", 0).wait(GONE)
        self.assertIn(state(other.pid), ("S", "R"))

    def test_a_stale_token_does_not_reach_the_process_that_got_the_pid(self):
        child = self.spawn("exit", 0)
        pid = child.pid
        child.wait(GONE)
        self.assert_stranger_survives(child, pid)

    def test_a_dead_leader_is_not_signalled_while_its_tree_lingers(self):
        child, tracer = self.linger()
        self.assert_stranger_survives(child, child.pid)
        tracer.signal(signal.SIGKILL, LEADER)
        child.wait(GONE)

    def assert_stranger_survives(self, child, pid):
        """Gives a child's former pid to another process, and signals the child."""
        stranger = fork_as(pid)
        if stranger is None:
            self.skipTest("the next pid can't be chosen here")
        for scope in (LEADER, GROUP, TREE):
            child.signal(signal.SIGKILL, scope)
        self.spawn("exit", 0).wait(EXITED)
        self.assertEqual(os.waitpid(stranger, os.WNOHANG), (0, 0))
        os.kill(stranger, signal.SIGKILL)
        os.waitpid(stranger, 0)

    def test_the_warden_heeds_no_signal_but_kill(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE,
                       signal.SIGUSR1, signal.SIGALRM, signal.SIGQUIT):
            os.kill(self.warden.pid, number)
        self.assertIn("ready", self.spawn("hold").read(until="ready"))

    def test_no_zombie_stays_when_the_spawn_failed(self):
        for _ in range(20):
            self.warden.spawn("/nowhere")
        self.spawn("exit", 0).wait(GONE)
        self.assertEqual(children(self.warden.pid), [])
        self.assertEqual(marked(self.mark), [])


def heard(child):
    """How many have said so far that they heard SIGTERM; takes in what is in the pipe."""
    try:
        child.kept["stdout"] += os.read(child.events[SPAWNED].stdout_fd, 65536)
    except BlockingIOError:
        pass
    return child.kept["stdout"].count(b"term")
