"""What all tests of a crash need: the benchmarks' WebSocket client, and a place for sockets."""

import contextlib
import os
import pathlib
import signal
import sys
import tempfile

import pytest

LONGEST_S = 60  # of a test with a scene

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Benchmarks"))


@pytest.fixture(scope="session", autouse=True)
def socket_folder():
    """Where each chatd puts its children's sockets, which one that is killed leaves there."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        os.environ["RUNTIME_DIRECTORY"] = folder
        yield
        del os.environ["RUNTIME_DIRECTORY"]


def too_long(*_):
    """Ends a test that waits for something that does not come: pings keep its connection busy."""
    raise TimeoutError("what the test waits for did not come")


@pytest.fixture
def scene(tmp_path):
    """Makes scenes of a chatd whose assistant calls tools, each with a server of these options."""
    from scene import Scene

    with contextlib.ExitStack() as stack:
        before = signal.signal(signal.SIGALRM, too_long)
        stack.callback(signal.signal, signal.SIGALRM, before)
        signal.alarm(LONGEST_S)
        stack.callback(signal.alarm, 0)

        def make(*server, name="scene"):
            folder = tmp_path / name
            folder.mkdir()
            return stack.enter_context(contextlib.closing(Scene(folder, server)))

        yield make
