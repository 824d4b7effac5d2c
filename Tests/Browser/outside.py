"""The world beyond this machine, as a browser finds it: a proxy that lets nothing out."""

import socketserver
import threading


class Outside(socketserver.ThreadingTCPServer):
    """Takes down what is asked for on other machines, and gives nothing. Loopback passes it by."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Taker)
        self._asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def flags(self):
        """What has a browser go this way."""
        return [f"--proxy-server=127.0.0.1:{self.server_address[1]}"]

    def note(self, line):
        """Takes the first line of a request."""
        self._asked.append(line)

    def take(self):
        """What was asked for since the last time."""
        asked, self._asked = self._asked, []
        return asked


class _Taker(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.note(self.rfile.readline(4096).decode(errors="replace").strip())
