"""What every test of the warden has: a warden, a bystander, and a way to find what is left."""

import json
import os
import signal
import subprocess
import traceback
import unittest
import uuid
import warnings

from warden import CGROUPS, EXITED, FIXTURE, LEADER, Warden, await_condition


def state(pid):
    """The letter that /proc has for a process's state; None when there is none of that pid."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def marked(mark):
    """Every live process with a mark in its environment, which fork and exec pass on."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if mark.encode() in file.read():
                    found.append(int(name))
        except OSError:
            continue  # It ended while we looked.
    return found


def children(pid):
    """The direct children of a single-threaded process, zombies included."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(p) for p in file.read().split()]


def end_marked(mark):
    """Kills what bears a mark, for tests that leave something on purpose."""
    def none_left():
        for pid in (left := marked(mark)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return not left
    await_condition("what the test left is gone", none_left)


def can_make_groups():
    """Whether wardens here are to make cgroups, and this machine lets them."""
    if not CGROUPS:
        return False
    warden = Warden()
    try:
        # It has begun when it has answered.
        warden.spawn(FIXTURE, "exit", 0).wait(EXITED)
        return warden.cgroup()[1] == 0
    finally:
        warden.close()


def in_process(function, uid=None):
    """What a function returns in a process of its own, as another user too; it must fit JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            warnings.simplefilter("ignore", ResourceWarning)  # What it holds is the test's own.
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            with os.fdopen(writing, "w") as file:
                json.dump(function(), file)
            os._exit(0)
        except BaseException:  # Whatever it was, this copy of the test must not go on.
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    status = os.waitpid(pid, 0)[1]
    assert status == 0, f"the process ended with status {status:#x}"
    return json.loads(text)


def fork_as(pid):
    """Starts a stranger with a certain pid, in a group of its own, and returns that; None where
    the kernel lets nobody choose."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    try:
        for _ in range(20):
            with open("/proc/sys/kernel/ns_last_pid", "w") as file:
                file.write(str(pid - 1))
            stranger = os.posix_spawn(FIXTURE, [FIXTURE, "hold"], {},
                                      setpgroup=0, file_actions=quiet)
            if stranger == pid:
                return stranger
            os.kill(stranger, signal.SIGKILL)
            os.waitpid(stranger, 0)
    except OSError:
        pass
    return None


class Scene(unittest.TestCase):
    """Has a warden; its children bear a mark; a bystander of the same user has to survive."""

    def setUp(self):
        self.mark = "WARDEN_MARK=" + uuid.uuid4().hex
        self.bystander = subprocess.Popen(
            [FIXTURE, "hold"], stdout=subprocess.DEVNULL, env={}, start_new_session=True)
        self.warden = Warden()
        self.addCleanup(self.leave)

    def leave(self):
        try:
            self.assertIsNone(self.bystander.poll(), "the bystander died")
            self.assertNotIn(state(self.bystander.pid), ("T", "t"), "the bystander was stopped")
            folder, _ = self.warden.cgroup() if self.warden.fd >= 0 else ("", 0)
            self.warden.close()
            self.assertEqual(marked(self.mark), [])
            self.assertFalse(folder and os.path.exists(folder), "the cgroups are left")
        finally:
            self.bystander.kill()
            self.bystander.wait()

    def spawn(self, mode, *arguments, warden=None, **keywords):
        """Starts a fixture that bears the mark."""
        name, _, value = self.mark.partition("=")
        environment = {name: value, **keywords.pop("env", {})}
        return (warden or self.warden).spawn(FIXTURE, mode, *arguments, env=environment, **keywords)

    def await_marked(self, count):
        """Waits until so many live processes bear the mark, and returns their pids."""
        await_condition(f"{count} marked processes", lambda: len(marked(self.mark)) == count)
        return marked(self.mark)

    def linger(self):
        """A dead leader whose tree is not gone, and the tracer that has to die for it to be."""
        child = self.spawn("daemonise", 1)
        child.read(until="ready")
        orphan = children(child.pid)[0]
        # A process that is traced stays as a zombie until its tracer has looked at it.
        tracer = self.spawn("trace", orphan)
        if "ready" not in tracer.read(until="ready"):
            self.skipTest("tracing is not allowed here")
        child.signal(signal.SIGKILL, LEADER)
        child.wait(EXITED)
        await_condition("the orphan was killed", lambda: state(orphan) == "Z")
        return child, tracer

    def assert_none_left(self, within=2, mark=None):
        await_condition("all that was started is gone",
                        lambda: not marked(mark or self.mark), within)
