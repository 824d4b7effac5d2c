"""chatd's side of the warden, in Python: the functions of warden.h through ctypes."""

import collections
import ctypes as c
import os
import select
import time

LIBRARY = os.environ["WARDEN_LIBRARY"]
PROGRAM = os.environ["WARDEN_PROGRAM"]
FIXTURE = os.environ["WARDEN_FIXTURE"]
VARIANTS = os.environ["WARDEN_VARIANTS"]
# Whether wardens make cgroups; the tests run both ways.
CGROUPS = os.environ.get("WARDEN_CGROUPS", "1") == "1"

SPAWNED, SPAWN_FAILED, EXITED, GONE = 1, 2, 3, 4
END_EXITED, END_SIGNALLED, END_DUMPED = 1, 2, 3
LEADER, GROUP, TREE = 1, 2, 3
NO_NEW_PRIVS, CORE, USER, OOM = 1, 2, 4, 8
NO_CGROUP = 1
NOT_OOM, NOT_CGROUP, NOT_MEMORY, NOT_PIDS = 1, 2, 4, 8
DEADLINE_S = 20


class Limit(c.Structure):
    _fields_ = [("resource", c.c_uint32), ("value", c.c_uint64)]


class Options(c.Structure):
    _fields_ = [("flags", c.c_uint32), ("umask", c.c_uint32), ("oom_score_adj", c.c_int32),
                ("uid", c.c_uint32), ("gid", c.c_uint32), ("limit_count", c.c_uint32),
                ("limits", Limit * 8), ("memory_max", c.c_uint64), ("pids_max", c.c_uint64)]


class Event(c.Structure):
    _fields_ = [("token", c.c_uint64), ("start_ticks", c.c_uint64), ("utime_us", c.c_int64),
                ("stime_us", c.c_int64), ("maxrss_kb", c.c_int64), ("kind", c.c_uint32),
                ("stage", c.c_uint32), ("end", c.c_uint32), ("value", c.c_int32),
                ("error", c.c_int32), ("pid", c.c_int32), ("stdout_fd", c.c_int32),
                ("stderr_fd", c.c_int32), ("unapplied", c.c_uint32), ("oom_kills", c.c_uint32)]


def load(path):
    """The library at a path, with the types of what ctypes would guess wrong."""
    library = c.CDLL(path, use_errno=True)
    strings = c.POINTER(c.c_char_p)
    library.warden_default_options.restype = Options
    library.warden_send_spawn.argtypes = [
        c.c_int, c.c_uint64, c.c_char_p, c.c_char_p, strings, strings, c.POINTER(Options)]
    library.warden_send_signal.argtypes = [c.c_int, c.c_uint64, c.c_int, c.c_int]
    library.warden_add_limit.argtypes = [c.POINTER(Options), c.c_uint32, c.c_uint64]
    for name in ("stage", "signal", "unapplied"):
        getattr(library, f"warden_{name}_name").restype = c.c_char_p
    library.warden_sweep.argtypes = [c.c_char_p, c.c_uint64, c.c_int]
    library.warden_cgroup_path.argtypes = [c.c_int, c.c_char_p, c.c_size_t]
    library.warden_boot_id.argtypes = [c.c_char_p, c.c_size_t]
    for name in ("event", "options", "request"):
        getattr(library, "layout_" + name).restype = c.c_size_t
    assert library.layout_event() == c.sizeof(Event)
    assert library.layout_options() == c.sizeof(Options)
    return library


def strings(items):
    """A list as C has it: pointers, with NULL at the end."""
    return (c.c_char_p * (len(items) + 1))(*[os.fsencode(i) for i in items], None)


def await_condition(what, condition, within=DEADLINE_S):
    """Waits for a condition that nothing announces; fails, with what was meant, at the deadline."""
    end = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.002)  # The pause between two looks at /proc; the condition is what counts.
    return value


def variant(name):
    """The program that was compiled with a flag."""
    return os.path.join(VARIANTS, name)


class Child:
    """One spawn: its token, and what came of it so far."""

    def __init__(self, warden, token):
        self.warden, self.token, self.events, self.kept = warden, token, {}, {}

    def wait(self, kind, within=DEADLINE_S):
        self.warden.receive_until(lambda: kind in self.events or
                                  kind == SPAWNED and SPAWN_FAILED in self.events, within)
        event = self.events.get(kind)
        assert event, f"{self.events[SPAWN_FAILED].error}: spawn failed"
        return event

    @property
    def pid(self):
        return self.wait(SPAWNED).pid

    def read(self, stream="stdout", until=None):
        """Reads from a pipe up to its end, or until a text has come."""
        fd = getattr(self.wait(SPAWNED), stream + "_fd")
        text = self.kept.get(stream, b"")
        end = time.monotonic() + DEADLINE_S
        while until is None or until.encode() not in text:
            assert select.select([fd], [], [], end - time.monotonic())[0], f"only {text!r}"
            part = os.read(fd, 65536)
            if not part:
                break
            text += part
        self.kept[stream] = text
        return text.decode()

    def signal(self, number, scope):
        assert self.warden.library.warden_send_signal(
            self.warden.fd, self.token, number, scope) == 0


class Warden:
    """A running warden, and what it has said."""

    tokens = 0

    def __init__(self, program=PROGRAM, library=LIBRARY, cgroups=CGROUPS):
        self.library = load(library)
        pid = c.c_int()
        self.fd = self.library.warden_start_with(
            os.fsencode(program), 0 if cgroups else NO_CGROUP, c.byref(pid))
        assert self.fd >= 0, os.strerror(-self.fd)
        self.pid, self.children, self.order = pid.value, {}, collections.defaultdict(list)

    def options(self, **fields):
        options = self.library.warden_default_options()
        for name, value in fields.items():
            setattr(options, name, value)
        return options

    def send_spawn(self, token, argv, env, cwd, options, executable):
        return self.library.warden_send_spawn(
            self.fd, token, os.fsencode(executable), os.fsencode(cwd), strings(argv),
            strings([f"{k}={v}" for k, v in env.items()]), c.byref(options or self.options()))

    def spawn(self, *argv, env=None, cwd="/", options=None, executable=None):
        Warden.tokens += 1
        child = self.children[Warden.tokens] = Child(self, Warden.tokens)
        result = self.send_spawn(child.token, [str(a) for a in argv], env or {}, cwd, options,
                                 executable or argv[0])
        assert result == 0, os.strerror(-result)
        return child

    def cgroup(self):
        """The folder with its groups, and whether it is there."""
        out = c.create_string_buffer(4096)
        result = self.library.warden_cgroup_path(self.pid, out, len(out))
        return out.value.decode(), result

    def receive(self):
        """Takes one event; None at the end."""
        event = Event()
        result = self.library.warden_receive(self.fd, c.byref(event))
        assert result >= 0, os.strerror(-result)
        if result == 0:
            return None
        self.children[event.token].events[event.kind] = event
        self.order[event.token].append(event.kind)
        return event

    def receive_until(self, condition, within=DEADLINE_S):
        end = time.monotonic() + within
        while not condition():
            left = max(0, end - time.monotonic())
            assert select.select([self.fd], [], [], left)[0], f"no event within {within} s"
            assert self.receive(), "the warden has ended"

    def ended(self):
        """Waits for the end of the conversation."""
        while self.receive():
            continue

    def close(self):
        """Ends the conversation and the warden; closes all that it had handed over."""
        if self.fd < 0:
            return
        self.library.warden_stop(self.fd)
        self.ended()
        assert self.library.warden_wait(self.pid, DEADLINE_S * 1000) == 0
        os.close(self.fd)
        self.fd = -1
        for child in self.children.values():
            if SPAWNED in child.events:
                for fd in (child.events[SPAWNED].stdout_fd, child.events[SPAWNED].stderr_fd):
                    if fd >= 0:
                        os.close(fd)
