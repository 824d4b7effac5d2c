"""A chatd in small, in a process of its own so that it can be killed: `driver.py SCENE MARK`.

It starts children and says how; each line it prints is a JSON value.
"""

import json
import os
import resource
import signal
import sys

from scene import children
from warden import FIXTURE, SPAWNED, TREE, Warden, variant


def say(value):
    print(json.dumps(value), flush=True)


def start(warden, environment, *more):
    """The fixtures that every scene has; returns when all of them stand."""
    started = [warden.spawn(FIXTURE, *arguments, env=environment) for arguments in
               (("hold",), ("ignore",), ("daemonise", 3), ("children", 5), *more)]
    for child in started:
        child.read(until="ready")
    return started


def be_killed(environment):
    """Waits to be killed, with children that have hidden."""
    warden = Warden()
    start(warden, environment, ("wander", 5))
    say({"warden": warden.pid})
    signal.pause()


def be_killed_while_starting(environment):
    """Asks for 200 children and waits to be killed in the middle of it."""
    warden = Warden()
    for _ in range(200):
        warden.spawn(FIXTURE, "daemonise", 1, env=environment)
    say({"warden": warden.pid})
    signal.pause()


def lose_the_warden(environment, again=False, library=None):
    """Loses its warden to SIGKILL, ends what is left, and says what that was."""
    # A cgroup would heal the planted bug.
    warden = Warden(**({"library": library, "cgroups": False} if library else {}))
    assert warden.library.warden_become_subreaper() == 0
    # No wanderers where they are meant to survive: nobody could catch them afterwards.
    start(warden, environment, *([] if library else [("wander", 5)]))
    second = Warden() if again else None
    kept = second.spawn(FIXTURE, "daemonise", 1) if second else None
    if kept:
        kept.read(until="ready")
    os.kill(warden.pid, signal.SIGKILL)
    warden.ended()
    reaped = warden.library.warden_wait(warden.pid, 2000)
    # First without a descriptor left to look with; then in earnest.
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    blind = warden.library.warden_end_orphans(0, 50)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    left = warden.library.warden_end_orphans(0, 5000)
    say({"reaped": reaped, "blind": blind, "left": left, "children": children(os.getpid()),
         "second": second and second.pid, "kept": kept and children(kept.pid)})
    if second:
        kept.signal(signal.SIGKILL, TREE)
        kept.wait(SPAWNED)
        second.close()


SCENES = {
    "be-killed": be_killed,
    "be-killed-while-starting": be_killed_while_starting,
    "lose-the-warden": lose_the_warden,
    "lose-the-warden-with-a-second": lambda e: lose_the_warden(e, again=True),
    "lose-the-warden-planted": lambda e: lose_the_warden(
        e, library=variant("planted.so")),
}

if __name__ == "__main__":
    name, _, value = sys.argv[2].partition("=")
    SCENES[sys.argv[1]]({name: value})
