"""One request and its answer, as a scenario sees them: bytes out, and what networks do to them."""

import json
import select
import socket
import ssl
import struct

from .content import last_results
from .prefix import content_text
from .wire import Answer, echo, error


class Exchange:
    """Writes one answer. Every method that writes raises `OSError` once the client is gone."""

    # A client that takes nothing for this long (seconds) counts as blocked.
    BLOCKED_AFTER = 0.3

    def __init__(self, handler, request, text, record):
        self.request = request
        self.record = record
        self._handler = handler
        self._server = handler.server
        usage = self._server.cache.usage(request)
        self.answer = Answer(request, echo(text, last_results(request)), usage)
        self._socket = handler.connection

    def begin(self, headers=None):
        """Sends the head of a stream."""
        self._server.cache.write(self.request)
        self._handler.begin_stream(self.record, headers or {})

    def send(self, *parts):
        """Sends each part as a chunk, in a packet of its own where the network lets it."""
        for part in parts:
            self.send_raw(b"%x\r\n%b\r\n" % (len(part), part))
            self.record["sent"] += len(part)

    def send_raw(self, data):
        """Sends bytes, and tells the record where the client does not take them."""
        view = memoryview(data)
        while view:
            if not select.select([], [self._socket], [], self.BLOCKED_AFTER)[1]:
                self._server.journal.note(self.record, "blocked")
                select.select([], [self._socket], [])
            # TLS knows no flags; nothing that blocks is sent over it.
            flags = [] if isinstance(self._socket, ssl.SSLSocket) else [socket.MSG_DONTWAIT]
            view = view[self._socket.send(view, *flags) :]

    def shrink_buffer(self):
        """Lets the kernel hold little for the client, so that a slow one is soon noticed."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)

    def end(self):
        """Ends a stream as it should end."""
        self.send_raw(b"0\r\n\r\n")

    def stream(self, *parts):
        """A whole stream of these parts."""
        self.begin()
        self.send(*parts)
        self.end()

    def respond(self, status, body, content_type="application/json", headers=None):
        """A whole answer that does not stream: bytes, or what becomes JSON."""
        if status == 200:
            self._server.cache.write(self.request)
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self._handler.respond(status, data, self.record, content_type, headers or {})

    def break_off(self, way, parts):
        """A stream that ends in the middle: `cut`, `eof` in order, by an `error`, or `stall`."""
        self.begin()
        # In one write, so that a client which has read the parts can't tell it from later ones.
        self.send(b"".join(parts) + (error() if way == "error" else b""))
        if way == "cut":
            self.cut()
        elif way == "stall":
            self.stay_silent()
        else:
            self.end()

    def pause(self, blocks):
        """Remembers what was said before a pause: sent back as it came, it is gone on with."""
        last = self.request["messages"][-1]
        before = last["content"] if last["role"] == "assistant" else []
        if isinstance(before, str):
            before = [{"type": "text", "text": before}]
        self._server.paused.add(content_text({"role": "assistant", "content": before + blocks}))

    def cut(self):
        """Closes the connection in the middle of everything."""
        self._break()
        self._socket.shutdown(socket.SHUT_RDWR)

    def reset(self):
        """Breaks the connection with a TCP reset."""
        self._break()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The reader holds the descriptor too: the reset goes out when the last of them closes it.
        self._handler.rfile.close()
        self._socket.close()

    def _break(self):
        self._handler.close_connection = True
        self._server.journal.note(self.record, "broken")

    def hold(self, key=""):
        """Waits until somebody releases the key; raises `OSError` if the client goes first."""
        self._server.journal.note(self.record, "held")
        with self._server.gates.place(key) as released:
            ready, _, _ = select.select([self._socket, released], [], [])
            if released not in ready:
                raise ConnectionResetError("the client has gone")

    def wait(self, seconds):
        """Sends nothing for a while; raises `OSError` if the client goes."""
        if select.select([self._socket], [], [], seconds)[0]:
            self.stay_silent()

    def stay_silent(self):
        """Sends nothing more, for as long as the client stays."""
        self._server.journal.note(self.record, "silent")
        while self._socket.recv(4096):
            pass
        raise ConnectionResetError("the client has gone")
