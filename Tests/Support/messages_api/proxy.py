"""Proxies between a client and the server: they tunnel (`CONNECT`), pass on plain HTTP, or refuse.

| behaviour | what it does |
|---|---|
| `open` | lets everybody through |
| `credentials` | lets through who says `USER` and `PASSWORD`, else 407 |
| a status, as `403` | refuses everybody with it, and a page of HTML |
| `silence` | takes the connection and says nothing |
| `close` | takes the connection and closes it |
| `garbage` | answers with bytes that are no HTTP |
| `cut` | opens the tunnel and closes it at once |

Whatever host a client asks for, it gets to the server: nothing leaves this machine, and names that
only a proxy can resolve are tested with `messages.test`.
"""

import base64
import http
import select
import socket
import socketserver
import threading

from .scenarios import HTML

USER, PASSWORD = "tester", "pass:word"
BEHAVIOURS = ("open", "credentials", "silence", "close", "garbage", "cut")
HEAD_LIMIT = 64 << 10


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on the loopback interface, in a thread of its own."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, behaviour, server_address):
        if behaviour not in BEHAVIOURS and not behaviour.isdigit():
            raise ValueError(f"no proxy is called {behaviour}: {', '.join(BEHAVIOURS)}, a status")
        super().__init__(("127.0.0.1", 0), Connection)
        self.behaviour = behaviour
        self.destination = server_address
        self._told = []
        self._changed = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def told(self):
        """What was asked of it, in order: `target`, `method`, `credentials` and `status`."""
        with self._changed:
            return [dict(record) for record in self._told]

    def tell(self, record):
        """Enters what was asked."""
        with self._changed:
            self._told.append(record)

    def handle_error(self, request, client_address):
        """A client that hangs up is nothing to report."""


class Connection(socketserver.BaseRequestHandler):
    """One client."""

    def handle(self):
        if self.server.behaviour == "close":
            self._tell("", "", {}, None)
            return
        head, _, rest = self._read_head().partition(b"\r\n\r\n")
        if not head:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ", 2)
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        status = self._judge(headers)
        self._tell(method, target, headers, status)
        if self.server.behaviour == "silence":
            while self.request.recv(4096):
                pass
        elif self.server.behaviour == "garbage":
            self.request.sendall(b"220 mail.example.net ESMTP\r\n")
        elif status != 200:
            self._refuse(status)
        else:
            self._pass_on(method, target, version, lines, rest)

    def _read_head(self):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(4096)
            if not piece or len(head) > HEAD_LIMIT:
                return b""
            head += piece
        return head

    def _judge(self, headers):
        """The status with which a request is answered; None: with none."""
        behaviour = self.server.behaviour
        if behaviour.isdigit():
            return int(behaviour)
        if behaviour in ("silence", "garbage"):
            return None
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        is_known = behaviour != "credentials" or headers.get("proxy-authorization") == wanted
        return 200 if is_known else 407

    def _tell(self, method, target, headers, status):
        credentials = "present" if "proxy-authorization" in headers else None
        self.server.tell(
            {"method": method, "target": target, "credentials": credentials, "status": status}
        )

    def _refuse(self, status):
        known = {s.value: s.phrase for s in http.HTTPStatus}
        page = HTML.format(f"{status} from a proxy").encode()
        challenge = 'Proxy-Authenticate: Basic realm="proxy"\r\n' if status == 407 else ""
        head = (
            f"HTTP/1.1 {status} {known.get(status, 'Refused')}\r\n{challenge}"
            f"Content-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
        )
        self.request.sendall(head.encode() + page)

    def _pass_on(self, method, target, version, lines, rest):
        with socket.create_connection(self.server.destination) as far:
            if method == "CONNECT":
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                if self.server.behaviour == "cut":
                    return
                far.sendall(rest)
            else:
                own = [line for line in lines if not line.lower().startswith("proxy-")]
                head = "\r\n".join([f"{method} {target} {version}", *own])
                far.sendall(head.encode("latin-1") + b"\r\n\r\n" + rest)
            _join(self.request, far)


def _join(near, far):
    """Passes bytes on in both directions until both ends have said all."""
    other = {near: far, far: near}
    while other:
        for ready in select.select(list(other), [], [])[0]:
            try:
                data = ready.recv(1 << 16)
            except ConnectionError:
                return
            if data:
                other[ready].sendall(data)
                continue
            # What one end has closed, the other is told; it may still speak.
            try:
                other.pop(ready).shutdown(socket.SHUT_WR)
            except OSError:
                return
