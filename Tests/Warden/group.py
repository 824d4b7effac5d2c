"""Cgroups as a test makes and looks at them."""

import contextlib
import os
import uuid

from warden import PROGRAM, Warden

ROOT = next((line.split()[4] for line in open("/proc/self/mountinfo")
             if " - cgroup2 " in line), None)


def own(pid="self"):
    """The group that a process is in, as a path from the root group."""
    with open(f"/proc/{pid}/cgroup") as file:
        return next((line[3:].rstrip("\n") for line in file if line.startswith("0::")), None)


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


def write(text, *path):
    with open(os.path.join(*path), "w") as file:
        file.write(text)


def enter(folder, pid=0):
    write(str(pid), folder, "cgroup.procs")


@contextlib.contextmanager
def made(name=None):
    """A group beside the others of the test run, removed afterwards; it has to be empty then."""
    folder = os.path.join(ROOT + own().rstrip("/"), name or "test-" + uuid.uuid4().hex)
    os.mkdir(folder)
    try:
        yield folder
    finally:
        if os.path.exists(folder):
            os.rmdir(folder)


@contextlib.contextmanager
def warden_within(folder, program=PROGRAM):
    """A warden that was started in a group; the test itself is back where it was."""
    before = ROOT + own()
    enter(folder)
    try:
        warden = Warden(program=program)
    finally:
        enter(before)
    try:
        yield warden
    finally:
        warden.close()


@contextlib.contextmanager
def controller(name):
    """Lets a controller be, and takes it away again, if the tests enabled it, from the root."""
    enabled = name in read(ROOT, "cgroup.subtree_control").split()
    try:
        yield
    finally:
        if not enabled and name in read(ROOT, "cgroup.subtree_control").split():
            write("-" + name, ROOT, "cgroup.subtree_control")
