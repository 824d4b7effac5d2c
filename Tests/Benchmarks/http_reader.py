"""An HTTP client that costs little: it waits for the end of an answer and leaves the rest."""

import socket

WAIT_S = 60
# What ends a chunked body.
LAST_CHUNK = b"\r\n0\r\n\r\n"


class HTTPReader:
    """One connection to a chatd on this machine."""

    def __init__(self, port):
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        """Ends the connection."""
        self._socket.close()

    def get(self, path):
        """The bytes of an answer, its head included."""
        self._ask(path)
        answer = bytearray()
        while not _is_whole(answer):
            answer += self._receive(1 << 18)
        return bytes(answer)

    def drain(self, path):
        """How many bytes a chunked answer has, which are not kept."""
        self._ask(path)
        part = self._receive(1 << 20)
        _check(part)
        count, end = len(part), part[-len(LAST_CHUNK):]
        while not end.endswith(LAST_CHUNK):
            part = self._receive(1 << 20)
            count += len(part)
            end = (end + part)[-len(LAST_CHUNK):]
        return count

    def _ask(self, path):
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def _receive(self, most):
        part = self._socket.recv(most)
        if not part:
            raise RuntimeError("chatd ended the connection")
        return part


def _check(answer):
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"chatd answers {bytes(answer[:300])!r}")


def _is_whole(answer):
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    _check(answer)
    head = bytes(answer[:end]).lower()
    if b"\r\ntransfer-encoding: chunked" in head:
        return answer.endswith(LAST_CHUNK)
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise RuntimeError(f"no length: {head!r}")
    return len(answer) >= end + 4 + int(rest.split(b"\r\n")[0])
