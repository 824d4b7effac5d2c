"""HTTP/2 over TLS, as in front of the real API: a gateway with HTTP/1.1 behind it.

Every stream of a connection is a request of its own to a `Handler` of the server, over a pair of
sockets. So each scenario is the same in both versions: what would close a connection there resets
the stream here, and a client that takes nothing is noticed, since its window is.

The one part of the server that needs a package: `h2`, in `Tests/requirements.txt`.
"""

import contextlib
import http.client
import select
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

PIECE = 16 << 10
# Fields that belong to one connection of HTTP/1.1, and have no place in HTTP/2.
OF_CONNECTIONS = {"connection", "transfer-encoding", "keep-alive", "upgrade"}


class Gateway:
    """One connection of a client that speaks HTTP/2. A single thread touches its socket."""

    def __init__(self, connection, client_address, server, handler):
        self._socket = connection
        self._client = client_address
        self._server = server
        self._handler = handler
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._h2 = h2.connection.H2Connection(config)
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._streams = {}
        # The marks up to which the client has read.
        self._seen = set()
        # Guards the protocol's state; notified when a window may have grown.
        self._changed = threading.Condition()
        self._is_over = False

    def serve(self):
        """Passes frames on until the client goes."""
        self._socket.setblocking(False)
        with self._changed:
            self._h2.initiate_connection()
        out = self._h2.data_to_send()
        try:
            while True:
                out = self._write(out)
                if not self._socket.pending():
                    select.select([self._socket, self._woken], [self._socket] if out else [], [])
                if not self._read():
                    return
                out += self._outgoing()
        except (OSError, h2.exceptions.ProtocolError):
            return
        finally:
            self._end()

    def _write(self, out):
        """Writes what the socket takes; returns the rest."""
        try:
            return out[self._socket.send(out) :] if out else out
        except OSError as error:
            if _would_block(error):
                return out
            raise

    def _read(self):
        """Takes in what is there; false at the end."""
        try:
            data = self._socket.recv(1 << 16)
        except OSError as error:
            if not _would_block(error):
                raise
        else:
            if not data:
                return False
            with self._changed:
                for event in self._h2.receive_data(data):
                    self._take(event)
                self._changed.notify_all()
        return True

    def _outgoing(self):
        """What the streams have to say meanwhile."""
        if select.select([self._woken], [], [], 0)[0]:
            self._woken.recv(1 << 16)
        with self._changed:
            return self._h2.data_to_send()

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self._streams[event.stream_id] = Stream(self, event)
        elif isinstance(event, h2.events.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if event.stream_id in self._streams:
                self._streams[event.stream_id].body += event.data
        elif isinstance(event, h2.events.StreamEnded):
            if event.stream_id in self._streams:
                threading.Thread(
                    target=self._streams[event.stream_id].run, daemon=True
                ).start()
        elif isinstance(event, h2.events.PingAckReceived):
            self._seen.add(event.ping_data)
        elif isinstance(event, h2.events.StreamReset):
            if event.stream_id in self._streams:
                self._streams.pop(event.stream_id).close()

    def _end(self):
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            streams = list(self._streams.values())
        for stream in streams:
            stream.close()
        # Woken threads may still want to wake this one, which they find gone.
        self._wake.close()
        self._woken.close()

    def serve_inside(self, connection):
        """Serves one stream's request, told as HTTP/1.1."""
        self._handler(connection, self._client, self._server)

    def send_head(self, stream_id, headers):
        """Sends the head of an answer."""
        self._change(stream_id, lambda: self._h2.send_headers(stream_id, headers))

    def send_data(self, stream_id, data):
        """Sends bytes, as fast as the client's windows grow."""
        while data:
            with self._changed:
                self._changed.wait_for(lambda: self._has_lost(stream_id) or self._room(stream_id))
                if self._has_lost(stream_id):
                    raise ConnectionResetError("the client has gone")
                room = self._room(stream_id)
                self._h2.send_data(stream_id, data[:room])
                self._call()
            data = data[room:]

    def _call(self):
        """Has the thread that owns the socket look for what is to be sent."""
        with contextlib.suppress(BlockingIOError):  # It has been called often enough.
            self._wake.send(b"!")

    def _has_lost(self, stream_id):
        return self._is_over or stream_id not in self._streams

    def _room(self, stream_id):
        window = self._h2.local_flow_control_window(stream_id)
        return max(0, min(window, self._h2.max_outbound_frame_size))

    def end(self, stream_id, is_whole):
        """Ends an answer, or breaks it."""
        if not is_whole:
            self._wait_until_read(stream_id)

        def change():
            if is_whole:
                self._h2.end_stream(stream_id)
            else:
                self._h2.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            del self._streams[stream_id]

        self._change(stream_id, change)

    def _wait_until_read(self, stream_id):
        """Waits until the client has seen all so far: what comes with a reset, many drop."""
        mark = stream_id.to_bytes(8, "big")
        self._change(stream_id, lambda: self._h2.ping(mark))
        with self._changed:
            self._changed.wait_for(lambda: self._has_lost(stream_id) or mark in self._seen)

    def _change(self, stream_id, change):
        """Changes the protocol's state and has what comes of it sent."""
        with self._changed:
            if self._has_lost(stream_id):
                raise ConnectionResetError("the client has gone")
            change()
            self._call()


class Stream:
    """One request of a client, and its answer."""

    def __init__(self, gateway, event):
        self._gateway = gateway
        self._id = event.stream_id
        self._headers = event.headers
        self._near, self._far = socket.socketpair()
        self.body = b""

    def run(self):
        """Puts the request to the server, and brings the answer back."""
        server = threading.Thread(target=self._serve, daemon=True)
        server.start()
        try:
            self._near.sendall(self._request())
            self._gateway.end(self._id, self._answer())
        except OSError:
            pass  # Somebody has gone: the client, or the server before the request was read.
        finally:
            self.close()
            server.join()
            self._near.close()

    def close(self):
        """Hangs up on the server."""
        try:
            self._near.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It is closed.

    def _serve(self):
        try:
            self._gateway.serve_inside(self._far)
        except OSError:
            pass  # The client has gone.
        finally:
            self._far.close()

    def _request(self):
        own = dict(self._headers)
        lines = [f"{own[':method']} {own[':path']} HTTP/1.1", f"host: {own.get(':authority', '')}"]
        lines += [f"{name}: {value}" for name, value in self._headers if name[0] != ":"]
        if "content-length" not in own:
            lines.append(f"content-length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def _answer(self):
        """Passes the answer on; whether it was whole."""
        response = http.client.HTTPResponse(self._near)
        try:
            response.begin()
            fields = [(name.lower(), value) for name, value in response.getheaders()]
            kept = [field for field in fields if field[0] not in OF_CONNECTIONS]
            self._gateway.send_head(self._id, [(":status", str(response.status)), *kept])
            while data := response.read1(PIECE):
                self._gateway.send_data(self._id, data)
        except (http.client.HTTPException, OSError):
            return False
        return not response.length


def _would_block(error):
    """Whether TLS waits for the network, in either direction."""
    return isinstance(error, (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError))
