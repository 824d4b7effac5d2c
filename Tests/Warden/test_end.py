"""When chatd ends, or the warden does, by kill -9 too, nothing is left."""

import errno
import json
import os
import signal
import subprocess
import sys

from scene import Scene, end_marked, marked, state
from warden import SPAWNED, await_condition

DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")


class End(Scene):
    def drive(self, scene):
        driver = subprocess.Popen([sys.executable, DRIVER, scene, self.mark],
                                  stdout=subprocess.PIPE)
        self.addCleanup(driver.wait)
        self.addCleanup(driver.kill)
        self.addCleanup(driver.stdout.close)
        return driver, json.loads(driver.stdout.readline() or "null")

    def test_when_the_socket_closes_all_are_gone_within_2_s(self):
        for mode, *arguments in (("hold",), ("daemonise", 20), ("children", 20), ("wander", 10)):
            self.spawn(mode, *arguments).read(until="ready")
        await_condition("they run", lambda: len(marked(self.mark)) > 40)
        os.close(self.warden.fd)
        self.assert_none_left()
        self.assertEqual(self.warden.library.warden_wait(self.warden.pid, 2000), 0)
        self.warden.fd = -1

    def test_a_fork_bomb_is_gone_when_the_socket_closes(self):
        self.spawn("bomb", 300).read(until="ready")
        await_condition("it has begun", lambda: len(marked(self.mark)) > 50)
        self.warden.close()
        self.assert_none_left()

    def test_stop_ends_the_warden_and_the_receiver(self):
        self.spawn("daemonise", 1).read(until="ready")
        self.assertEqual(self.warden.library.warden_stop(self.warden.fd), 0)
        self.warden.ended()
        self.assert_none_left()

    def test_when_chatd_is_killed_all_are_gone_within_2_s(self):
        driver, said = self.drive("be-killed")
        self.assertGreaterEqual(len(marked(self.mark)), 12)  # Wanderers are hard to count.
        driver.kill()
        self.assert_none_left()
        await_condition("the warden has ended", lambda: state(said["warden"]) in (None, "Z"), 2)

    def test_when_chatd_is_killed_while_200_start_none_is_left_after_2_s(self):
        driver, said = self.drive("be-killed-while-starting")
        driver.kill()
        self.assert_none_left()
        await_condition("the warden has ended", lambda: state(said["warden"]) in (None, "Z"), 2)

    def test_when_the_warden_is_killed_chatd_ends_what_is_left(self):
        _, said = self.drive("lose-the-warden")
        self.assertEqual((said["reaped"], said["left"], said["children"]), (0, 0, []))
        self.assertEqual(said["blind"], -errno.EMFILE)
        self.assertEqual(marked(self.mark), [])

    def test_a_second_warden_and_its_children_are_spared(self):
        _, said = self.drive("lose-the-warden-with-a-second")
        self.assertEqual((said["left"], said["children"]), (0, [said["second"]]))
        self.assertEqual(len(said["kept"]), 1)
        self.assertEqual(marked(self.mark), [])

    def test_a_planted_bug_is_seen_when_the_warden_is_killed(self):
        self.addCleanup(end_marked, self.mark)
        self.drive("lose-the-warden-planted")
        self.assertGreater(len(marked(self.mark)), 0)

    def test_the_warden_is_not_awaited_longer_than_asked(self):
        wait = self.warden.library.warden_wait
        self.assertEqual(wait(self.warden.pid, 10), -errno.ETIMEDOUT)
        self.assertEqual(wait(os.getpid() + 4_000_000, 10), -errno.ECHILD)
        self.spawn("hold").wait(SPAWNED)

    def test_requests_to_an_ended_warden_are_an_error_and_no_signal(self):
        os.kill(self.warden.pid, signal.SIGKILL)
        self.warden.ended()
        send = self.warden.library.warden_send_signal
        self.assertEqual(send(self.warden.fd, 1, signal.SIGTERM, 1), -errno.EPIPE)
