"""The server: routes, and the door through which a test looks in (paths with an underscore).

| request | what it does |
|---|---|
| `GET /_requests?containing=&outcome=` | what came, the key left out |
| `GET /_wait?containing=&outcome=&count=1&seconds=20` | the same, once there are that many |
| `POST /_script` `{"scenarios":["529","normal"]}` | for the next requests that name none |
| `POST /_release` `{"key":""}` | lets one go on that is held |
| `POST /_reset` | forgets what came and what was scripted |
"""

import http.server
import json
import urllib.parse

from . import endings, faults, scenarios, validation, wholes
from .content import last_user_text
from .exchange import Exchange
from .journal import Gates, Journal
from .refusal import Refusal, new_request_id

MODULES = (endings, faults, wholes)  # imported for the scenarios they enter


class MessagesServer(http.server.ThreadingHTTPServer):
    """Listens on the loopback interface."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port=0, scenario="normal", strict_roles=True, lacks=(), openai_models=False):
        super().__init__(("127.0.0.1", port), Handler)
        self.scenario = scenario
        self.strict_roles = strict_roles
        self.lacks = set(lacks)
        self.openai_models = openai_models
        self.scheme = "http"
        self.journal = Journal()
        self.gates = Gates()

    @property
    def url(self):
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that hangs up, or whose TLS fails, is nothing to report."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version = "messages-api-test"

    def log_message(self, format, *args):
        """Says nothing."""

    def do_GET(self):
        """Models, and what a test asks."""
        path, query = self._target()
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
            "connection": self.client_address[1],
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
        version = validation.check_headers(self.headers)
        if path not in ("/v1/messages", "/v1/messages/count_tokens"):
            raise Refusal("Not found", 404)
        validation.check_content_type(self.headers)
        request = record["body"] = validation.parse(body)
        strict = self.server.strict_roles
        if path.endswith("count_tokens"):
            if "count_tokens" in self.server.lacks:
                raise Refusal("Not found", 404)
            validation.check_count(request, version, strict)
            count = len(json.dumps(request["messages"])) // 4 + 1
            self.respond(200, json.dumps({"input_tokens": count}).encode(), record)
            return
        validation.check_create(request, version, strict)
        text = last_user_text(request)
        name, parameters = self._scenario(text, record["attempt"])
        record["scenario"] = name
        scenarios.run(name, Exchange(self, request, text, record), parameters)

    def _scenario(self, text, attempt):
        """The text's own scenario, else the next scripted one, else the server's."""
        named = scenarios.parse(text)
        if named:
            return named[min(attempt, len(named)) - 1]
        return scenarios.parse_one(self.server.journal.next_scripted() or self.server.scenario)

    def _models(self, path, query, record):
        validation.check_headers(self.headers)
        if "models" in self.server.lacks or not path.startswith("/v1/models"):
            raise Refusal("Not found", 404)
        if path != "/v1/models":
            known = {model["id"]: model for model in map(model_info, validation.MODELS)}
            name = path.removeprefix("/v1/models/")
            if name not in known:
                raise Refusal(f"model: {name}", 404)
            self.respond(200, json.dumps(known[name]).encode(), record)
        elif self.server.openai_models:
            listed = [{"id": name, "object": "model"} for name in validation.MODELS]
            self.respond(200, json.dumps({"object": "list", "data": listed}).encode(), record)
        else:
            self.respond(200, json.dumps(model_page(query)).encode(), record)

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
        self._answer_order({})

    def _answer_order(self, answer):
        self.respond(200, json.dumps(answer).encode(), {"request_id": ""})


def model_info(name):
    """A model as `GET /v1/models` describes it."""
    return {
        "type": "model", "id": name, "display_name": name.replace("-", " ").title(),
        "created_at": "2026-09-22T00:00:00Z", "max_input_tokens": 1_000_000,
        "max_tokens": validation.MAX_TOKENS, "lifecycle": "active",
    }  # fmt: skip


def model_page(query):
    """A page of the list of models."""
    limit = int(query.get("limit", 20))
    if not 1 <= limit <= 1000:
        raise Refusal("limit: Input should be between 1 and 1000")
    names = validation.MODELS
    if "after_id" in query:
        names = names[names.index(query["after_id"]) + 1 :] if query["after_id"] in names else []
    page = names[:limit]
    return {
        "data": [model_info(name) for name in page], "has_more": len(names) > limit,
        "first_id": page[0] if page else None, "last_id": page[-1] if page else None,
    }  # fmt: skip
