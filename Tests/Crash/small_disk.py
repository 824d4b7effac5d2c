"""A small file system in memory, which only those see who are told to enter it."""

import os
import pathlib
import subprocess

MOUNT = 'mount -t tmpfs -o "size=$1,mode=0700" none "$2" && echo mounted && exec cat'


def can_be_mounted():
    """Whether this user may mount one, in a mount namespace of its own."""
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)  # fmt: skip
    return os.geteuid() == 0 and tried.returncode == 0


class SmallDisk:
    """A tmpfs of so many bytes at `folder`, held by a process of ours; it goes with that."""

    def __init__(self, folder, size):
        folder.mkdir()
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", MOUNT, "sh", str(size), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        if self._holder.stdout.readline() != b"mounted\n":
            raise RuntimeError(f"no tmpfs could be mounted: {self._holder.wait()}")
        self.folder = pathlib.Path(f"/proc/{self._holder.pid}/root{folder}")
        # What a program is started with, so that it has this disk and not the folder below it.
        self.entrance = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt",
                         f"--wd={folder.parent}"]  # fmt: skip

    def close(self):
        """Unmounts it, once nobody uses it any more."""
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()
