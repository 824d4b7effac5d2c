"""What a process costs, and how one that a benchmark started is ended."""

import os
import subprocess
import time

END_S = 20


def cpu_seconds(pid):
    """CPU time of all threads of a process, to the nanosecond: its own clock, by its number."""
    return time.clock_gettime((~pid << 3) | 2)  # MAKE_PROCESS_CPUCLOCK of linux/posix-timers.h


def resident_kb(pid):
    """Resident memory of a process."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


def peak_kb(pid):
    """The most resident memory that a process has had since `forget_peak`."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def forget_peak(pid):
    """Has the peak begin anew with what is resident now."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # proc(5)


def children_of(pid):
    """The processes that a process has started and that are still there."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            found += [int(child) for child in file.read().split()]
    return found


def name_of(pid):
    """The name of a process."""
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def end(process):
    """Waits for a process that has been told to end; kills it where it does not."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise

