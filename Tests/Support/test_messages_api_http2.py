"""Tests of the Messages API server over HTTP/2."""

import http.client
import json
import socket
import ssl
import tempfile
import threading
import unittest

import h2.config
import h2.connection
import h2.events

from messages_api.case import HEADERS, assemble, request_body
from messages_api.server import MessagesServer
from messages_api.tls import encrypt


class Client:
    """A client that asks on one connection, as often as it likes, before it reads."""

    def __init__(self, server, authority, takes_nothing=False):
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2", "http/1.1"])
        plain = socket.create_connection(server.server_address, timeout=20)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        config = h2.config.H2Configuration(header_encoding="utf-8")
        self._h2 = h2.connection.H2Connection(config)
        self._h2.initiate_connection()
        self._takes_nothing = takes_nothing
        self.statuses, self.bodies, self.ended, self.broken = {}, {}, set(), set()
        self._flush()

    def ask(self, body=None, path="/v1/messages", method="POST"):
        """Sends a request; returns its stream."""
        stream = self._h2.get_next_available_stream_id()
        own = [(":method", method), (":scheme", "https"), (":authority", "test"), (":path", path)]
        self._h2.send_headers(stream, [*own, *HEADERS.items()], end_stream=body is None)
        if body is not None:
            self._h2.send_data(stream, json.dumps(body).encode(), end_stream=True)
        self.bodies[stream] = b""
        self._flush()
        return stream

    def drop(self, stream):
        """Takes back a request."""
        self._h2.reset_stream(stream)
        self._flush()

    def read_until(self, is_enough):
        """Reads until something is so."""
        while not is_enough():
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server has gone")
            for event in self._h2.receive_data(data):
                self._take(event)
            self._flush()

    def read(self, *streams):
        """Reads until these are answered in full, or broken."""
        self.read_until(lambda: all(s in self.ended | self.broken for s in streams))

    def _take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.statuses[event.stream_id] = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            if not self._takes_nothing:
                length = event.flow_controlled_length
                self._h2.acknowledge_received_data(length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.broken.add(event.stream_id)

    def _flush(self):
        self.socket.sendall(self._h2.data_to_send())


class HTTP2Tests(unittest.TestCase):
    """Streams side by side."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = MessagesServer()
        self.authority = encrypt(self.server, folder.name, ["h2", "http/1.1"])
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def client(self, **options):
        client = Client(self.server, self.authority, **options)
        self.addCleanup(client.socket.close)
        self.assertEqual(client.socket.selected_alpn_protocol(), "h2")
        return client

    def wait(self, outcome, count=1):
        """The requests that came to this outcome."""
        return self.server.journal.wait("", outcome, count, 20)

    def test_an_answer(self):
        client = self.client()
        stream = client.ask(request_body("Grüße"))
        client.read(stream)
        self.assertEqual(client.statuses[stream], 200)
        self.assertEqual(client.ended, {stream})
        text = assemble(client.bodies[stream])["content"][0]["text"]
        self.assertEqual(text, "You said: Grüße. Actors: none. Grüße 🙂")
        (record,) = self.wait("answered")
        self.assertEqual(record["version"], "HTTP/2")
        self.assertEqual(record["headers"]["x-api-key"], "present")

    def test_whole_answers_and_refusals(self):
        client = self.client()
        models = client.ask(path="/v1/models", method="GET")
        failing = client.ask(request_body("scenario:529?html"))
        refused = client.ask(request_body(""))
        client.read(models, failing, refused)
        self.assertIn("data", json.loads(client.bodies[models]))
        self.assertEqual(client.statuses, {models: 200, failing: 529, refused: 400})
        self.assertIn(b"<html>", client.bodies[failing])

    def test_a_hundred_on_one_connection(self):
        client = self.client()
        streams = [client.ask(request_body(f"scenario:hold {n}")) for n in range(100)]
        held = self.wait("held", 100)
        self.assertEqual((len(held), len({record["connection"] for record in held})), (100, 1))
        for _ in streams:
            self.server.gates.release("")
        client.read(*streams)
        self.assertEqual(client.ended, set(streams))
        self.assertTrue(all(client.bodies[s].endswith(b"_stop\"}\n\n") for s in streams))

    def test_what_breaks_breaks_one_stream(self):
        client = self.client()
        cut = client.ask(request_body("scenario:cut-mid-event"))
        nothing = client.ask(request_body("scenario:close"))
        client.read(cut, nothing)
        self.assertEqual(client.broken, {cut, nothing})
        self.assertTrue(client.bodies[cut].endswith(b'"content_bl'))
        self.assertEqual(client.bodies[nothing], b"")
        after = client.ask(request_body("scenario:eof-without-stop"))
        client.read(after)
        self.assertIn(after, client.ended)

    def test_a_client_that_goes(self):
        client = self.client()
        first, second = (client.ask(request_body(f"scenario:hold {n}")) for n in range(2))
        self.assertEqual(len(self.wait("held", 2)), 2)
        client.drop(first)
        (gone,) = self.wait("disconnected")
        self.assertIn("scenario:hold 0", gone["raw"])
        self.assertEqual(len(self.wait("held")), 1)
        client.socket.close()
        self.assertEqual(len(self.wait("disconnected", 2)), 2)
        self.assertNotIn(second, client.ended)

    def test_a_client_that_takes_nothing(self):
        client = self.client(takes_nothing=True)
        client.ask(request_body("scenario:many?count=200&size=100000"))
        self.assertEqual(len(self.wait("blocked")), 1)

    def test_the_older_version(self):
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection(
            *self.server.server_address, timeout=20, context=context
        )
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/messages", json.dumps(request_body()), HEADERS)
        self.assertEqual(connection.getresponse().status, 200)
        self.assertEqual(self.wait("answered")[0]["version"], "HTTP/1.1")


if __name__ == "__main__":
    unittest.main()
