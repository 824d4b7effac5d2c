"""The server: routes, and the door through which a test looks in (paths with an underscore).

| request | what it does |
|---|---|
| `GET /_requests?containing=&outcome=` | what came, the key left out |
| `GET /_wait?containing=&outcome=&count=1&seconds=20` | the same, once there are that many |
| `GET /_proxied?behaviour=` | what was asked of the proxies, or of one |
| `POST /_script` `{"scenarios":["529","normal"]}` | for the next requests that name none |
| `POST /_release` `{"key":""}` | lets one go on that is held |
| `POST /_reset` | forgets what came and what was scripted |
"""

import http.server
import json
import ssl
import sys
import urllib.parse

from . import endings, faults, models, rounds, scenarios, validation, wholes
from .cache import PromptCache
from .content import last_user_text, text_of
from .exchange import Exchange
from .journal import Gates, Journal
from .prefix import count_tokens
from .proxy import Proxy
from .refusal import Refusal, new_request_id

MODULES = (endings, faults, rounds, wholes)  # imported for the scenarios they enter


class MessagesServer(http.server.ThreadingHTTPServer):
    """Listens on the loopback interface."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port=0, scenario="normal", strict_roles=True, lacks=(), openai_models=False,
                 context=None, lack_status=404, vague=False, needs_key=True, models_page=None,
                 cache_minimum=0):  # fmt: skip
        super().__init__(("127.0.0.1", port), Handler)
        self.scenario = scenario
        self.strict_roles = strict_roles
        self.lacks = set(lacks)
        self.lack_status = lack_status
        self.vague = vague
        self.needs_key = needs_key
        self.openai_models = openai_models
        self.models_page = models_page
        self.context = context
        self.paused = set()
        self.cache = PromptCache(cache_minimum)
        self.proxies = []
        self.scheme = "http"
        self.journal = Journal()
        self.gates = Gates()

    @property
    def url(self):
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def add_proxy(self, behaviour):
        """Starts a proxy in front of it; returns where that is."""
        self.proxies.append(Proxy(behaviour, self.server_address))
        return self.proxies[-1].url

    def finish_request(self, request, client_address):
        """Serves a connection, in the version that its client chose."""
        if isinstance(request, ssl.SSLSocket) and request.selected_alpn_protocol() == "h2":
            # Only here, since it needs a package that is not everywhere.
            from .http2 import Gateway

            Gateway(request, client_address, self, StreamHandler).serve()
        else:
            super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that hangs up, or whose TLS fails, is nothing to report; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "messages-api-test"

    def version(self):
        """The version of HTTP that the client speaks."""
        return self.request_version

    def log_message(self, format, *args):
        """Says nothing."""

    def do_GET(self):
        """Models, and what a test asks."""
        path, query = self._target()
        if path == "/_proxied":
            wanted = query.get("behaviour", "")
            proxies = [p for p in self.server.proxies if wanted in ("", p.behaviour)]
            self._answer_order({"requests": [record for p in proxies for record in p.told]})
            return
        if path in ("/_requests", "/_wait"):
            self._tell(path, query)
            return
        record = self._record(path, b"")
        self._guard(record, lambda: self._models(path, query, record))

    def do_POST(self):
        """Messages and tokens, and what a test orders."""
        path, _ = self._target()
        length = int(self.headers.get("content-length", 0))
        if length > validation.BYTE_LIMIT:
            self.close_connection = True
            record = self._record(path, b"")
            refusal = Refusal("Request exceeds the maximum size", 413)
            self.respond(413, refusal.body(record["request_id"]), record)
            return
        body = self.rfile.read(length)
        if path.startswith("/_"):
            self._order(path, json.loads(body or b"{}"))
            return
        record = self._record(path, body)
        self._guard(record, lambda: self._post(path, body, record))

    def respond(self, status, body, record, content_type="application/json", headers=None):
        """A whole answer."""
        record["status"] = status
        self.send_response(status)
        fields = {"content-type": content_type, "content-length": str(len(body))}
        if record["request_id"]:
            fields["request-id"] = record["request_id"]
        for name, value in (fields | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self, record, headers):
        """The head of an answer that streams."""
        record["status"] = 200
        self.send_response(200)
        fields = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-cache",
            "transfer-encoding": "chunked",
        }
        if record["request_id"]:
            fields["request-id"] = record["request_id"]
        for name, value in (fields | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _target(self):
        url = urllib.parse.urlsplit(self.path)
        return url.path, dict(urllib.parse.parse_qsl(url.query))

    def _record(self, path, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        for secret in ("x-api-key", "authorization"):
            if secret in headers:
                headers[secret] = "present"
        text = body.decode("utf-8", "replace")
        record = {
            "method": self.command, "path": path, "headers": headers, "raw": text, "text": text,
            "body": None, "status": None, "scenario": None, "request_id": new_request_id(),
            "connection": self.client_address[1], "version": self.version(),
        }  # fmt: skip
        self.server.journal.open(record)
        return record

    def _guard(self, record, serve):
        """Serves a request and tells what became of it."""
        journal = self.server.journal
        try:
            serve()
            if record["outcome"] != "broken":
                journal.note(record, "answered")
        except Refusal as refusal:
            journal.note(record, "refused")
            self.respond(refusal.status, refusal.body(record["request_id"]), record)
        except OSError:
            self.close_connection = True
            journal.note(record, "disconnected")

    def _post(self, path, body, record):
        server = self.server
        version = validation.check_headers(self.headers, server.needs_key)
        if path not in ("/v1/messages", "/v1/messages/count_tokens"):
            raise Refusal("Not found", 404)
        validation.check_content_type(self.headers)
        if path.endswith("count_tokens") and "count_tokens" in server.lacks:
            raise Refusal("Not found", server.lack_status)
        request = record["body"] = validation.parse(body)
        if path.endswith("count_tokens"):
            validation.check_count(request, version, server)
            count = count_tokens(request)
            self.respond(200, json.dumps({"input_tokens": count}).encode(), record)
            return
        validation.check_create(request, version, server)
        text = last_user_text(request)
        name, parameters = self._scenario(text, request, record)
        record["scenario"] = name
        scenarios.run(name, Exchange(self, request, text, record), parameters)

    def _scenario(self, text, request, record):
        """The text's own scenario, else the next scripted one, else the server's."""
        said = sum(m["role"] == "user" and text_of(m) == text for m in request["messages"])
        attempt = self.server.journal.attempt(record, (text, said))
        named = scenarios.parse(text)
        if named:
            return named[min(attempt, len(named)) - 1]
        return scenarios.parse_one(self.server.journal.next_scripted() or self.server.scenario)

    def _models(self, path, query, record):
        validation.check_headers(self.headers, self.server.needs_key)
        if not path.startswith("/v1/models"):
            raise Refusal("Not found", 404)
        if "models" in self.server.lacks:
            raise Refusal("Not found", self.server.lack_status)
        answer = models.answer(path, query, self.server)
        self.respond(200, json.dumps(answer).encode(), record)

    def _tell(self, path, query):
        containing, outcome = query.get("containing", ""), query.get("outcome", "")
        if path == "/_wait":
            count, seconds = int(query.get("count", 1)), float(query.get("seconds", 20))
            found = self.server.journal.wait(containing, outcome, count, seconds)
        else:
            found = self.server.journal.matching(containing, outcome)
        told = [{k: v for k, v in record.items() if k not in ("raw", "text")} for record in found]
        self._answer_order({"requests": told})

    def _order(self, path, order):
        if path == "/_script":
            self.server.journal.script(order["scenarios"])
        elif path == "/_release":
            self.server.gates.release(order.get("key", ""))
        elif path == "/_reset":
            self.server.journal.reset()
            self.server.cache.reset()
        self._answer_order({})

    def _answer_order(self, answer):
        self.respond(200, json.dumps(answer).encode(), {"request_id": ""})


class StreamHandler(Handler):
    """One stream of a connection in HTTP/2, behind its gateway."""

    disable_nagle_algorithm = False  # It knows no TCP.

    def version(self):
        return "HTTP/2"
