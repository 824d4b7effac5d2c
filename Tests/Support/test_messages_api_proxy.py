"""Tests of the proxies in front of the Messages API server."""

import base64
import http.client
import json
import socket
import ssl
import tempfile
import threading
import unittest

from messages_api.case import HEADERS, ServerCase, request_body
from messages_api.proxy import PASSWORD, USER, Proxy
from messages_api.server import MessagesServer
from messages_api.tls import encrypt

CREDENTIALS = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class ProxyCase(ServerCase):
    """A server behind a proxy."""

    def proxy(self, behaviour, server=None):
        proxy = Proxy(behaviour, (server or self.server).server_address)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        return proxy

    def connect(self, proxy, headers=None, target="messages.test"):
        """A connection that opens a tunnel when it is first used."""
        connection = http.client.HTTPConnection(*proxy.server_address, timeout=20)
        self.addCleanup(connection.close)
        connection.set_tunnel(target, 80, headers or {})
        return connection

    def post(self, connection, path="/v1/messages"):
        connection.request("POST", path, json.dumps(request_body()), HEADERS)
        response = connection.getresponse()
        return response.status, response.read()


class TunnelTests(ProxyCase):
    """Tunnels."""

    def test_an_open_one(self):
        proxy = self.proxy("open")
        connection = self.connect(proxy)
        for _ in range(2):
            status, answer = self.post(connection)
            self.assertEqual(status, 200)
            self.assertIn(b"message_stop", answer)
        expected = {"target": "messages.test:80", "credentials": None, "status": 200}
        self.assertEqual(proxy.told, [expected | {"method": "CONNECT"}])

    def test_credentials(self):
        proxy = self.proxy("credentials")
        self.assertEqual(
            self.post(self.connect(proxy, {"Proxy-Authorization": CREDENTIALS}))[0], 200
        )
        wrong = "Basic " + base64.b64encode(b"tester:another").decode()
        for headers in ({}, {"Proxy-Authorization": wrong}):
            with self.assertRaisesRegex(OSError, "407 Proxy Authentication Required"):
                self.post(self.connect(proxy, headers))
        self.assertEqual([record["status"] for record in proxy.told], [200, 407, 407])
        self.assertEqual([r["credentials"] for r in proxy.told], ["present", None, "present"])

    def test_statuses(self):
        for status in (403, 407, 502):
            proxy = self.proxy(str(status))
            with self.assertRaisesRegex(OSError, str(status)):
                self.post(self.connect(proxy))
        self.assertEqual(self.told("/_requests"), [])

    def test_broken_ones(self):
        for behaviour in ("close", "garbage", "cut"):
            with self.subTest(behaviour), self.assertRaises((OSError, http.client.HTTPException)):
                self.post(self.connect(self.proxy(behaviour)))
        with self.assertRaises(ValueError):
            Proxy("sideways", self.server.server_address)

    def test_silence_lasts_until_the_client_goes(self):
        proxy = self.proxy("silence")
        with socket.create_connection(proxy.server_address, timeout=20) as client:
            client.sendall(b"CONNECT messages.test:80 HTTP/1.1\r\n\r\n")
            client.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                client.recv(1)
            client.settimeout(20)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(client.recv(1), b"")
        self.assertEqual(proxy.told[0]["status"], None)

    def test_an_answer_that_breaks_breaks_through_it(self):
        connection = self.connect(self.proxy("open"))
        body = json.dumps(request_body("scenario:cut-mid-event"))
        connection.request("POST", "/v1/messages", body, HEADERS)
        with self.assertRaises(http.client.IncompleteRead):
            connection.getresponse().read()

    def test_plain_http(self):
        for behaviour, headers, expected in (
            ("open", {}, 200), ("credentials", {}, 407), ("403", {}, 403),
            ("credentials", {"Proxy-Authorization": CREDENTIALS}, 200),
        ):  # fmt: skip
            connection = http.client.HTTPConnection(
                *self.proxy(behaviour).server_address, timeout=20
            )
            self.addCleanup(connection.close)
            body = json.dumps(request_body())
            target = "http://messages.test/v1/messages"
            connection.request("POST", target, body, HEADERS | headers)
            self.assertEqual(connection.getresponse().status, expected)
        for record in self.told("/_requests"):
            self.assertNotIn("proxy-authorization", record["headers"])
            self.assertEqual(record["path"], "/v1/messages")


class EncryptedTests(ProxyCase):
    """A tunnel with TLS in it."""

    def test_the_certificate_is_the_servers(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        server = MessagesServer()
        authority = encrypt(server, folder.name)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        proxy = self.proxy("open", server)
        for target in ("messages.test", "127.0.0.1"):
            connection = http.client.HTTPSConnection(
                *proxy.server_address, timeout=20,
                context=ssl.create_default_context(cafile=authority),
            )  # fmt: skip
            self.addCleanup(connection.close)
            connection.set_tunnel(target, 443)
            self.assertEqual(self.post(connection)[0], 200)
        self.assertEqual(proxy.told[0]["target"], "messages.test:443")


if __name__ == "__main__":
    unittest.main()
