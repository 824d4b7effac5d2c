"""Takes more than is good for it of what a message names; answers if nothing stops it."""
import os
import resource
import subprocess
import sys
import tempfile

sys.path.append("..")
from chatd_child import Child

MIB = 1 << 20
held = []  # so that nothing is given back


def memory(count):
    """MiB after MiB, each of them touched; without a limit no more than a GiB."""
    for _ in range(min(count, 1024)):
        held.append(bytearray(os.urandom(4096)) * (MIB // 4096))


def tree(count):
    """Four processes that hold a quarter each."""
    code = f"x = b'x' * ({count} * {MIB} // 4); print(1, flush=True); input()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
        for _ in range(4)]
    for process in processes:
        process.stdout.readline()
    held.extend(processes)


def files(count):
    for _ in range(count):
        held.append(open("/dev/null"))


def file(count):
    with tempfile.TemporaryFile() as target:
        for _ in range(count):
            target.write(bytes(MIB))
            target.flush()


def processor(_):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        pass


def status(_):
    """What the kernel says of us."""
    with open("/proc/self/status") as lines:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


WISHES = {wish.__name__: wish for wish in (memory, tree, files, file, processor, status)}


class Glutton(Child):
    def message(self, params):
        wish, _, count = params["message"]["content"].partition(" ")
        if wish not in WISHES:
            return None
        return {"text": "burp", "data": WISHES[wish](int(count or 0))}


Glutton().run()
