"""What a child is given, and what happens where it can't be."""

import errno
import os
import random
import resource
import signal
import socket
import struct
import tempfile
import unittest

from scene import Scene, state
from warden import (Child, EXITED, FIXTURE, GONE, NO_NEW_PRIVS, OOM, SPAWN_FAILED, SPAWNED, USER,
                    await_condition)


def fields(text, separator):
    """Lines of NAME SEPARATOR VALUE, by name."""
    return {name: value.strip() for name, _, value in
            (line.partition(separator) for line in text.splitlines())}


class Spawn(Scene):
    def failure(self, child):
        self.warden.receive_until(lambda: SPAWN_FAILED in child.events)
        event = child.events[SPAWN_FAILED]
        self.assertEqual(self.warden.order[child.token], [SPAWN_FAILED])
        return event.error, self.warden.library.warden_stage_name(event.stage).decode()

    def test_output_and_error_come_through_their_own_pipes(self):
        child = self.warden.spawn("/bin/sh", "-c", "echo out; echo err >&2")
        self.assertEqual((child.read("stdout"), child.read("stderr")), ("out\n", "err\n"))

    def test_the_pipes_do_not_block_and_close_on_exec(self):
        event = self.spawn("hold").wait(SPAWNED)
        for fd in (event.stdout_fd, event.stderr_fd):
            self.assertFalse(os.get_blocking(fd))
            self.assertFalse(os.get_inheritable(fd))

    def test_nothing_is_inherited_but_0_to_2_and_input_is_dev_null(self):
        os.set_inheritable(os.open("/dev/zero", os.O_RDONLY), True)
        self.warden.close()
        self.warden = type(self.warden)()  # One that was started with a descriptor too many.
        opened = fields(self.spawn("descriptors").read(), " ")
        self.assertEqual(sorted(opened), ["0", "1", "2"])
        self.assertEqual(opened["0"], "/dev/null")
        self.assertTrue(opened["1"].startswith("pipe:") and opened["2"].startswith("pipe:"))
        self.assertNotEqual(opened["1"], opened["2"])

    def test_it_leads_a_session_of_its_own_below_the_warden_and_dies_with_it(self):
        child = self.spawn("describe")
        said = fields(child.read(), " ")
        self.assertEqual({said[k] for k in ("pid", "session", "group")}, {str(child.pid)})
        self.assertEqual(said["parent"], str(self.warden.pid))
        self.assertEqual((said["deathsig"], said["subreaper"], said["stdin"]), ("9", "1", "-1"))

    def test_every_signal_is_default_and_none_is_blocked(self):
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGUSR1):
            self.addCleanup(signal.signal, number, signal.signal(number, signal.SIG_IGN))
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, blocked)
        self.warden.close()
        self.warden = type(self.warden)()
        status = fields(self.warden.spawn("/bin/cat", "/proc/self/status").read(), ":")
        for name in ("SigIgn", "SigBlk", "SigCgt", "SigPnd", "ShdPnd"):
            self.assertEqual(int(status[name], 16), 0, name)

    def test_the_environment_is_exactly_what_was_given(self):
        given = {"B": "zwei = 2", "A": "", "C": "line\nline", "D": "ü"}
        text = self.warden.spawn("/usr/bin/env", "-0", env=given).read()
        self.assertEqual(text, "".join(f"{k}={v}\0" for k, v in given.items()))
        with open(f"/proc/{self.warden.pid}/environ", "rb") as file:
            self.assertEqual(file.read(), b"")

    def test_arguments_and_folder_are_what_was_given(self):
        script = 'pwd; printf "<%s>" "$0" "$@"'
        child = self.warden.spawn("sh", "-c", script, "nul", "", " a b ", "ü\n",
                                  cwd="/proc/self", executable="/bin/sh")
        folder, _, rest = child.read().partition("\n")
        self.assertEqual((folder, rest), (f"/proc/{child.pid}", "<nul><>< a b ><ü\n>"))

    def test_start_ticks_are_those_of_proc(self):
        event = self.spawn("hold").wait(SPAWNED)
        with open(f"/proc/{event.pid}/stat") as file:
            self.assertEqual(event.start_ticks, int(file.read().rpartition(")")[2].split()[19]))

    def test_failures_name_what_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            script = folder + "/script"
            with open(script, "w") as file:
                file.write("echo no shebang\n")
            os.chmod(script, 0o755)
            cases = [
                (self.warden.spawn("/nowhere/x"), (errno.ENOENT, "exec")),
                (self.warden.spawn("/etc/passwd"), (errno.EACCES, "exec")),
                (self.warden.spawn(script), (errno.ENOEXEC, "exec")),
                (self.spawn("hold", cwd="/nowhere"), (errno.ENOENT, "chdir")),
                (self.spawn("hold", cwd="/etc/passwd"), (errno.ENOTDIR, "chdir")),
            ]
            for child, expected in cases:
                self.assertEqual(self.failure(child), expected)
        self.assertIn("ready", self.spawn("hold").read(until="ready"))

    def test_limits_mask_and_privileges_apply(self):
        options = self.warden.options(umask=0o027)
        for number, value in ((resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_CPU, 77),
                              (resource.RLIMIT_FSIZE, 4096), (resource.RLIMIT_NPROC, 55),
                              (resource.RLIMIT_DATA, 1 << 30)):
            self.assertEqual(self.warden.library.warden_add_limit(options, number, value), 0)
        text = self.warden.spawn(
            "/bin/cat", "/proc/self/limits", "/proc/self/status", options=options).read()
        lines = {line[:26].strip(): line[26:].split()[:2] for line in text.splitlines()}
        for name, value in (("Max open files", 64), ("Max cpu time", 77), ("Max file size", 4096),
                            ("Max processes", 55), ("Max data size", 1 << 30),
                            ("Max core file size", 0)):
            self.assertEqual(lines[name], [str(value)] * 2, name)
        status = fields(text, ":")
        self.assertEqual((status["Umask"], status["NoNewPrivs"]), ("0027", "1"))

    def test_without_the_flag_privileges_stay(self):
        child = self.warden.spawn("/bin/cat", "/proc/self/status",
                                  options=self.warden.options(flags=0, umask=0o22))
        self.assertEqual(fields(child.read(), ":")["NoNewPrivs"], "0")

    def test_a_limit_that_is_none_fails_the_spawn_at_its_stage(self):
        options = self.warden.options()
        self.warden.library.warden_add_limit(options, 999, 1)
        self.assertEqual(self.failure(self.spawn("hold", options=options)), (errno.EINVAL, "limit"))

    def test_a_ninth_limit_is_refused(self):
        options = self.warden.options()
        add = self.warden.library.warden_add_limit
        self.assertEqual([add(options, resource.RLIMIT_CPU, 9) for _ in range(9)],
                         [0] * 8 + [-errno.E2BIG])

    def test_the_kernel_is_told_whom_to_take_first(self):
        child = self.spawn("hold", options=self.warden.options(flags=OOM, oom_score_adj=300))
        with open(f"/proc/{child.pid}/oom_score_adj") as file:
            self.assertEqual(file.read(), "300\n")
        with open(f"/proc/{self.warden.pid}/oom_score_adj") as file:
            self.assertNotEqual(file.read(), "300\n")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_another_user_has_no_groups_and_still_dies_with_the_warden(self):
        options = self.warden.options(flags=USER | NO_NEW_PRIVS, uid=65534, gid=65533)
        status = fields(self.warden.spawn(
            "/bin/cat", "/proc/self/status", options=options).read(), ":")
        self.assertEqual(status["Uid"].split(), ["65534"] * 4)
        self.assertEqual(status["Gid"].split(), ["65533"] * 4)
        self.assertEqual((status["Groups"], int(status["CapEff"], 16)), ("", 0))
        said = fields(self.spawn("describe", options=options).read(), " ")
        self.assertEqual((said["deathsig"], said["subreaper"]), ("9", "1"))

    def test_a_core_is_dumped_only_where_it_is_allowed(self):
        with open("/proc/sys/kernel/core_pattern") as file:
            plain = file.read().strip() == "core"
        for flags, expected in ((0, 2), (2, 3 if plain else None)):
            with tempfile.TemporaryDirectory() as folder:
                child = self.spawn("signal", signal.SIGABRT, cwd=folder,
                                   options=self.warden.options(flags=flags))
                event = child.wait(EXITED)
                self.assertEqual(event.value, signal.SIGABRT)
                if expected is not None:
                    self.assertEqual(event.end, expected)
                    self.assertEqual(bool(os.listdir(folder)), expected == 3)

    def test_the_longest_request_is_served_and_a_longer_one_refused_by_the_sender(self):
        arguments = ["sh", "-c", "printf %s ${#1}", "sh"]
        others = sum(len(a) + 1 for a in ["/bin/sh", "/", *arguments])
        room = 131072 - self.warden.library.layout_request() - others - 1
        child = self.warden.spawn(*arguments, "y" * room, executable="/bin/sh")
        self.assertEqual(child.read(), str(room))
        for argv in ([*arguments, "y" * (room + 1)], ["x"] * 4097):
            self.assertEqual(self.warden.send_spawn(0, argv, {}, "/", None, "/bin/sh"),
                             -errno.E2BIG)

    def test_one_token_does_not_stand_for_two_children(self):
        first = self.spawn("hold")
        first.wait(SPAWNED)
        self.warden.send_spawn(first.token, ["x"], {}, "/", None, FIXTURE)
        self.warden.receive_until(lambda: SPAWN_FAILED in first.events)
        self.assertEqual(first.events[SPAWN_FAILED].error, errno.EEXIST)
        self.assertIsNotNone(state(first.pid))

    def test_garbage_changes_nothing(self):
        dice = random.Random(4711)
        with socket.socket(fileno=os.dup(self.warden.fd)) as raw:
            for token in range(1 << 40, (1 << 40) + 300):
                self.warden.children[token] = Child(self.warden, token)
                head = struct.pack("IIQ", dice.choice((0, 1, 2, 1 << 31)), dice.randrange(4), token)
                size = dice.randrange(9000)
                tail = dice.choice((dice.randbytes(size), bytes(size), b"a" * 140000,
                                    b"/nowhere\0" * (size // 100)))
                counts = bytes(8) + struct.pack("II", *dice.choices((0, 1, 5, 1 << 31), k=2))
                raw.send((head + dice.choice((b"", counts)) + tail)[:dice.randrange(1, 150000)])
        child = self.spawn("hold")
        self.assertIn("ready", child.read(until="ready"))
        for token, order in self.warden.order.items():
            self.assertEqual(order, [SPAWNED if token == child.token else SPAWN_FAILED])

    def test_no_descriptors_left_in_the_warden_is_an_answer(self):
        self.spawn("exit", 0).wait(GONE)  # Now it has all its own.
        files = len(os.listdir(f"/proc/{self.warden.pid}/fd"))
        limits = resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE, (files + 3, limits[1]))
        self.assertEqual(self.failure(self.spawn("hold")), (errno.EMFILE, "pipes"))
        resource.prlimit(self.warden.pid, resource.RLIMIT_NOFILE, limits)
        self.assertIn("ready", self.spawn("hold").read(until="ready"))
        await_condition("the warden has closed what it sent",
                        lambda: len(os.listdir(f"/proc/{self.warden.pid}/fd")) == files)

    def test_no_descriptors_left_in_chatd_is_said_in_the_event(self):
        child = self.spawn("hold")
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        highest = os.dup(0)
        os.close(highest)
        for room in (0, 1):  # None, and one of the two.
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + room, limits[1]))
            try:
                event = child.wait(SPAWNED)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            self.assertEqual((event.stdout_fd, event.stderr_fd, event.error),
                             (-1, -1, errno.EMFILE))
            probe = os.dup(0)
            os.close(probe)
            self.assertEqual(probe, highest)
            child = self.spawn("hold")
        child.wait(SPAWNED)

