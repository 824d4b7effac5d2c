"""How much memory a child and all below it have."""

import concurrent.futures
import ctypes as c
import errno
import os
import resource
import signal
import time
import unittest

from scene import Scene
from warden import GONE, LIBRARY, SPAWNED, TREE, load

MEBIBYTE = 1 << 20


class Memory(Scene):
    def rss(self, pid):
        out = c.c_uint64(0)
        result = self.warden.library.warden_tree_rss(pid, c.byref(out))
        return out.value / MEBIBYTE if result == 0 else result

    def test_a_tree_has_what_all_in_it_have(self):
        child, plain = self.spawn("memory", 32), self.spawn("hold")
        child.read(until="ready\nready\nready\n")
        plain.read(until="ready")
        self.assertTrue(96 < self.rss(child.pid) < 120, self.rss(child.pid))
        self.assertTrue(0 < self.rss(plain.pid) < 20, self.rss(plain.pid))

    def test_a_process_that_has_ended_has_none(self):
        child = self.spawn("exit", 0)
        child.wait(GONE)
        self.assertEqual(self.rss(child.pid), -errno.ESRCH)

    def test_without_a_descriptor_left_it_is_an_error(self):
        pid = self.spawn("hold").pid
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        result = self.rss(pid)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        self.assertEqual(result, -errno.EMFILE)

    def test_many_threads_may_ask_while_the_tree_changes(self):
        child = self.spawn("wander", 5)
        child.read(until="ready")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = list(pool.map(self.rss, [child.pid] * 400))
        self.assertTrue(all(0 < rss < 100 for rss in found), found)
        child.signal(signal.SIGKILL, TREE)
        child.wait(GONE)

    def test_what_it_costs_to_ask_of_200_children(self):
        children = [self.spawn("hold") for _ in range(200)]
        pids = [child.wait(SPAWNED).pid for child in children]
        begin = time.process_time()
        for pid in pids:
            self.assertGreater(self.rss(pid), 0)
        spent = time.process_time() - begin
        print(f"\n200 trees measured in {spent * 1000:.1f} ms of CPU")
        for child in children:
            child.signal(signal.SIGKILL, TREE)


class Times(unittest.TestCase):
    def test_a_start_is_that_of_proc_and_the_boot_has_a_name(self):
        library = load(LIBRARY)
        ticks, boot = c.c_uint64(), c.create_string_buffer(64)
        self.assertEqual(library.warden_process_start(os.getpid(), c.byref(ticks)), 0)
        with open("/proc/self/stat") as file:
            self.assertEqual(ticks.value, int(file.read().rpartition(")")[2].split()[19]))
        self.assertEqual(library.warden_process_start(1 << 23, c.byref(ticks)), -errno.ESRCH)
        self.assertEqual(library.warden_boot_id(boot, 64), 0)
        with open("/proc/sys/kernel/random/boot_id") as file:
            self.assertEqual(boot.value.decode(), file.read().strip())
        self.assertEqual(library.warden_boot_id(boot, 36), -errno.ERANGE)
