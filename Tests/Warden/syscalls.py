"""Makes system calls fail, for the calling process and all that it starts."""

import ctypes as c
import errno
import platform

# x86-64's. FORK is clone with memory of its own, so that a program can still be started: that is
# done with the caller's.
FORK, CLONE3 = 56, 435
CLONE_VM = 0x100
AVAILABLE = platform.machine() == "x86_64"

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, HAS, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, FLAGS = 0, 16
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


class Instruction(c.Structure):
    _fields_ = [("code", c.c_ushort), ("yes", c.c_ubyte), ("no", c.c_ubyte), ("value", c.c_uint32)]


class Program(c.Structure):
    _fields_ = [("length", c.c_ushort), ("instructions", c.POINTER(Instruction))]


def refuse(errors):
    """Refuses the system calls that `errors` names by number, each with its errno."""
    steps = []
    for number, error in errors.items():
        flags = [Instruction(LOAD, 0, 0, FLAGS), Instruction(HAS, 1, 0, CLONE_VM)]
        if number != FORK:
            flags = []
        steps += [Instruction(LOAD, 0, 0, NUMBER), Instruction(EQUAL, 0, len(flags) + 1, number),
                  *flags, Instruction(RETURN, 0, 0, ERRNO | error)]
    steps.append(Instruction(RETURN, 0, 0, ALLOW))
    array = (Instruction * len(steps))(*steps)
    libc = c.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, FILTER, c.byref(Program(len(steps), array))) == 0, \
        errno.errorcode[c.get_errno()]
