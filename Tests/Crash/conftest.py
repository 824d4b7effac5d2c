"""What all tests of a crash need: the benchmarks' WebSocket client, and a place for sockets."""

import os
import pathlib
import sys
import tempfile

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Benchmarks"))


@pytest.fixture(scope="session", autouse=True)
def socket_folder():
    """Where each chatd puts its children's sockets, which one that is killed leaves there."""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        os.environ["RUNTIME_DIRECTORY"] = folder
        yield
        del os.environ["RUNTIME_DIRECTORY"]
