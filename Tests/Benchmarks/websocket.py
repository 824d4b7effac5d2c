"""A WebSocket client that costs little: it splits frames and leaves their JSON to who wants it."""

import os
import socket
import struct

WAIT_S = 30
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    """One connection to a chatd on this machine."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._at = 0
        self._socket.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._fill()
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(f"no WebSocket: {bytes(self._buffer[:end])!r}")
        self._at = end + 4

    def send(self, text):
        """Sends a text frame."""
        self._write(TEXT, text.encode())

    def receive(self):
        """The next text frame's bytes; pings are answered meanwhile."""
        while True:
            kind, payload = self._frame()
            if kind == TEXT:
                return payload
            if kind == PING:
                self._write(PONG, payload)
            if kind == CLOSE:
                raise RuntimeError(f"chatd closed the WebSocket: {payload!r}")

    def close(self):
        """Ends the connection."""
        self._socket.close()

    def _write(self, kind, payload):
        # The mask of zeros leaves the payload as it is.
        length = len(payload)
        head = struct.pack("!BB", 0x80 | kind, 0x80 | length) if length < 126 else struct.pack(
            "!BBH", 0x80 | kind, 0x80 | 126, length)
        self._socket.sendall(head + bytes(4) + payload)

    def _frame(self):
        self._need(2)
        kind, length = self._buffer[self._at] & 0x0F, self._buffer[self._at + 1]
        head = 2
        if length >= 126:
            head = 4 if length == 126 else 10
            self._need(head)
            length = int.from_bytes(self._buffer[self._at + 2:self._at + head], "big")
        self._need(head + length)
        start = self._at + head
        self._at = start + length
        return kind, bytes(self._buffer[start:self._at])

    def _need(self, count):
        while len(self._buffer) - self._at < count:
            del self._buffer[:self._at]
            self._at = 0
            self._fill()

    def _fill(self):
        part = self._socket.recv(1 << 18)
        if not part:
            raise RuntimeError("chatd ended the connection")
        self._buffer += part
