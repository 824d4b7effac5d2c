"""Makes system calls fail, for the calling process and all that it starts."""

import ctypes as c
import errno
import platform

# x86-64's; elsewhere vfork is another call with arguments that a filter can't tell apart.
VFORK, CLONE3 = 58, 435
AVAILABLE = platform.machine() == "x86_64"

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


class Instruction(c.Structure):
    _fields_ = [("code", c.c_ushort), ("yes", c.c_ubyte), ("no", c.c_ubyte), ("value", c.c_uint32)]


class Program(c.Structure):
    _fields_ = [("length", c.c_ushort), ("instructions", c.POINTER(Instruction))]


def refuse(errors):
    """Refuses the system calls that `errors` names by number, each with its errno."""
    steps = [Instruction(LOAD, 0, 0, 0)]
    for number, error in errors.items():
        steps += [Instruction(EQUAL, 0, 1, number), Instruction(RETURN, 0, 0, ERRNO | error)]
    steps.append(Instruction(RETURN, 0, 0, ALLOW))
    array = (Instruction * len(steps))(*steps)
    libc = c.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, FILTER, c.byref(Program(len(steps), array))) == 0, \
        errno.errorcode[c.get_errno()]
