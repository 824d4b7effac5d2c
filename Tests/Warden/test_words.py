"""The small functions beside the conversation."""

import ctypes as c
import errno
import os
import socket
import subprocess
import tempfile
import unittest

from warden import LIBRARY, load

library = load(LIBRARY)


class Words(unittest.TestCase):
    def test_signals_have_their_names(self):
        names = {1: "SIGHUP", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM",
                 31: "SIGSYS", 34: "SIGRTMIN", 37: "SIGRTMIN+3", 64: "SIGRTMIN+30",
                 0: "signal 0", 32: "signal 32", 99: "signal 99", -1: "signal -1"}
        self.assertEqual({n: library.warden_signal_name(n).decode() for n in names}, names)

    def test_every_stage_has_a_name_of_its_own(self):
        names = [library.warden_stage_name(stage) for stage in range(13)]
        self.assertEqual(len({*names, b"unknown"}), 14)
        self.assertEqual(library.warden_stage_name(99), b"unknown")

    def test_a_program_that_is_not_there_is_an_error_and_leaves_no_descriptor(self):
        before = os.listdir("/proc/self/fd")
        for path, error in ((b"/nowhere", errno.ENOENT), (b"/etc/passwd", errno.EACCES)):
            self.assertEqual(library.warden_start(path, c.byref(c.c_int())), -error)
        self.assertEqual(os.listdir("/proc/self/fd"), before)

    def test_the_program_says_who_starts_it(self):
        done = subprocess.run([os.environ["WARDEN_PROGRAM"]], capture_output=True, check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"chatd starts this", done.stderr)


class FindExecutable(unittest.TestCase):
    def find(self, name, path, size=4096):
        out = c.create_string_buffer(size)
        result = library.warden_find_executable(os.fsencode(name), os.fsencode(path), out,
                                                c.c_size_t(size))
        return out.value.decode() if result == 0 else result

    def test_the_first_folder_that_has_it_counts(self):
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            for folder, mode in ((first, 0o644), (second, 0o755)):
                with open(f"{folder}/it", "w") as file:
                    os.chmod(file.name, mode)
                os.mkdir(f"{folder}/folder")
            self.assertEqual(self.find("it", f"/nowhere:{first}:{second}"), f"{second}/it")
            self.assertEqual(self.find("it", first), -errno.EACCES)
            self.assertEqual(self.find("folder", second), -errno.ENOENT)
            self.assertEqual(self.find("it", f"{second}:", len(second) + 3), -errno.ERANGE)
            os.chdir(second)
            self.addCleanup(os.chdir, "/")
            for path in ("", ":", ".", "::.", ".:/nowhere"):
                self.assertEqual(self.find("it", path), -errno.ENOENT, path)

    def test_a_name_with_a_slash_is_not_for_searching(self):
        for name in ("", "/bin/sh", "./x", "a/b"):
            self.assertEqual(self.find(name, "/bin"), -errno.EINVAL)


class Peer(unittest.TestCase):
    def peer(self, fd):
        out = c.c_uint(), c.c_int(), c.c_int()
        result = library.warden_peer(fd, *map(c.byref, out))
        return result, *(o.value for o in out)

    def test_it_is_known_by_user_process_and_session(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
            server.bind(folder + "/s")
            server.listen()
            connect = (f"import socket; s = socket.socket(socket.AF_UNIX); "
                       f"s.connect('{folder}/s'); s.recv(1)")
            child = subprocess.Popen(["python3", "-c", connect], start_new_session=True)
            accepted, _ = server.accept()
            self.assertEqual(self.peer(accepted.fileno()), (0, os.getuid(), child.pid, child.pid))
            accepted.close()
            child.wait()

    def test_a_descriptor_that_is_no_socket_is_an_error(self):
        with open("/dev/null") as file:
            self.assertEqual(self.peer(file.fileno())[0], -errno.ENOTSOCK)
