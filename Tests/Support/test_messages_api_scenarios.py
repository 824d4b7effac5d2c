"""Tests of how the Messages API server answers, and of what a test may order."""

import http.client
import inspect
import json
import signal
import socket
import ssl
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from messages_api import scenarios
from messages_api.case import HEADERS, ServerCase, request_body
from messages_api.models import MODELS


class ScenarioTests(ServerCase):
    """Answers."""

    # What stays silent or breaks the connection has tests of its own.
    WAITING = {"hold", "hold-head", "stall", "stall-first", "no-answer", "keep-open",
               "stall-thinking", "stall-tool", "stall-after-message-delta"}  # fmt: skip
    BREAKING = {
        "close", "cut-mid-event", "cut-first", "cut-after-message-delta", "reset", "reset-first",
        "short-length", "not-http", "cut-thinking", "cut-tool",
    }  # fmt: skip

    def test_the_default_tells_what_it_saw(self):
        text = 'Hi! <actor id="dice">6</actor>\n\n<actor id="mood">a\nb</actor>'
        whole = json.loads(self.ask(request_body(text, stream=None))[2])
        expected = "You said: Hi!. Actors: dice, mood. Grüße 🙂"
        self.assertEqual(whole["content"][0]["text"], expected)

    def test_the_stream_is_the_wires(self):
        status, headers, answer = self.ask(request_body())
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], "text/event-stream; charset=utf-8")
        names = [line[7:] for line in answer.decode().split("\n") if line.startswith("event: ")]
        self.assertEqual(names[:2], ["message_start", "content_block_start"])
        self.assertEqual(
            names[-4:],
            ["content_block_delta", "content_block_stop", "message_delta", "message_stop"],
        )

    def test_every_scenario_plays(self):
        for name in sorted(set(scenarios.SCENARIOS) - self.WAITING - self.BREAKING):
            with self.subTest(name):
                status, _, answer = self.ask(request_body(f"scenario:{name}"))
                self.assertIn(status, (200, 307, 400, 413, 429, 502))
                self.assertNotIn(b"knows no scenario", answer)

    def test_every_scenario_is_written_down(self):
        text = Path(scenarios.__file__).with_name("SCENARIOS.md").read_text()
        rows = [line for line in text.split("\n") if line.startswith("| ")]
        for name, play in scenarios.SCENARIOS.items():
            with self.subTest(name):
                (row,) = (r for r in rows if f"`{name}`" in r.split("|")[1])
                for parameter in list(inspect.signature(play).parameters)[1:]:
                    self.assertRegex(row, rf"`{parameter}[`=]")

    def test_every_breaking_scenario_breaks(self):
        for name in sorted(self.BREAKING):
            errors = (OSError, http.client.HTTPException)
            with self.subTest(name), self.assertRaises(errors):
                self.ask(request_body(f"scenario:{name}"))

    def test_every_waiting_scenario_ends_with_its_client(self):
        for name in sorted(self.WAITING):
            with self.subTest(name):
                connection = http.client.HTTPConnection(*self.server.server_address, timeout=20)
                body = json.dumps(request_body(f"scenario:{name} waits"))
                connection.request("POST", "/v1/messages", body, HEADERS)
                query = f"containing=scenario:{name}%20waits&outcome="
                held = "held" if name.startswith("hold") else "silent"
                self.assertEqual(len(self.told(f"/_wait?{query}{held}")), 1)
                connection.close()
                self.assertEqual(len(self.told(f"/_wait?{query}disconnected")), 1)

    def test_statuses_and_their_headers(self):
        query = "retry-after=3&retry-after-ms=40&x-should-retry=false&message=Slow+down&code=spent"
        status, headers, answer = self.ask(request_body(f"scenario:429?{query}"))
        self.assertEqual(status, 429)
        self.assertEqual(headers["retry-after"], "3")
        self.assertEqual(headers["retry-after-ms"], "40")
        self.assertEqual(headers["x-should-retry"], "false")
        error = json.loads(answer)["error"]
        self.assertEqual(error["message"], "Slow down")
        self.assertEqual(error["details"], {"error_code": "spent"})
        self.assertIn("GMT", self.ask(request_body("scenario:503?date=5"))[1]["retry-after"])
        self.assertIn(b"<html>", self.ask(request_body("scenario:500?html"))[2])

    def test_a_scenario_for_each_attempt(self):
        got = [self.ask(request_body("scenario:529,500,normal"))[0] for _ in range(4)]
        self.assertEqual(got, [529, 500, 200, 200])

    def test_a_scenario_that_nobody_knows(self):
        self.refuse(request_body("scenario:sunshine"), "knows no scenario sunshine", 500)

    def test_a_client_that_takes_nothing(self):
        with self.asking(request_body("scenario:many?count=200&size=100000")):
            self.assertEqual(len(self.told("/_wait?outcome=blocked")), 1)


class OrderTests(ServerCase):
    """What a test may ask and order."""

    def test_requests_are_told_without_the_key(self):
        self.ask(request_body("who are you"))
        (told,) = self.told("/_wait?outcome=answered")
        self.assertEqual(told["body"]["messages"][0]["content"], "who are you")
        self.assertEqual(told["headers"]["x-api-key"], "present")
        self.assertEqual(told["status"], 200)
        self.assertEqual(self.told("/_requests?containing=nothing"), [])

    def test_waiting_ends_in_time(self):
        self.assertEqual(self.told("/_wait?containing=never&seconds=0.01"), [])

    def test_scripts(self):
        self.order("/_script", {"scenarios": ["529", "413-html"]})
        got = [self.ask(request_body(text))[0] for text in ("a", "scenario:500", "b", "c")]
        self.assertEqual(got, [529, 500, 413, 200])

    def test_a_release_counts_before_and_after(self):
        self.order("/_release", {"key": "k"})
        self.assertIn(b"message_stop", self.ask(request_body("scenario:hold?key=k"))[2])
        with self.asking(request_body("scenario:hold?key=k once more")) as response:
            self.assertIn(b"message_start", response.readline() + response.readline())
            self.assertEqual(len(self.told("/_wait?outcome=held")), 1)
            self.order("/_release", {"key": "k"})
            self.assertIn(b"message_stop", response.read())

    def test_a_reset_forgets(self):
        self.ask(request_body("scenario:529,normal"))
        self.order("/_script", {"scenarios": ["500"]})
        self.order("/_reset", {})
        self.assertEqual(self.told("/_requests"), [])
        self.assertEqual(self.ask(request_body("scenario:529,normal"))[0], 529)
        self.assertEqual(self.ask(request_body("plain"))[0], 200)


class ModelTests(ServerCase):
    """The list of models, and tokens counted."""

    def get(self, path):
        status, _, answer = self.ask(path=path, method="GET")
        return status, json.loads(answer)

    def test_pages(self):
        status, first = self.get("/v1/models?limit=3")
        self.assertEqual((status, first["has_more"], len(first["data"])), (200, True, 3))
        _, rest = self.get(f"/v1/models?limit=1000&after_id={first['last_id']}")
        self.assertEqual([m["id"] for m in first["data"] + rest["data"]], MODELS)
        self.assertFalse(rest["has_more"])
        self.assertEqual(self.get("/v1/models?limit=0")[0], 400)
        _, before = self.get(f"/v1/models?limit=2&before_id={first['last_id']}")
        self.assertEqual([m["id"] for m in before["data"]], MODELS[:2])
        for query in ("after_id=claude-9", "before_id=claude-9"):
            self.assertEqual(self.get(f"/v1/models?{query}")[0], 404)
        both = f"after_id={MODELS[0]}&before_id={MODELS[3]}"
        self.assertEqual(self.get(f"/v1/models?{both}")[0], 400)
        self.server.models_page = 4
        _, page = self.get("/v1/models?limit=1000")
        self.assertEqual((len(page["data"]), page["has_more"]), (4, True))

    def test_one(self):
        self.assertEqual(self.get("/v1/models/claude-opus-5-5")[1]["max_tokens"], 128_000)
        self.assertEqual(self.get("/v1/models/claude-9")[0], 404)
        self.assertEqual(self.get("/v2/models")[0], 404)
        self.assertEqual(self.ask(path="/v1/models", method="GET", headers={})[0], 401)

    def test_what_local_servers_lack(self):
        self.server.openai_models = True
        self.assertEqual(self.get("/v1/models")[1]["object"], "list")
        self.assertEqual(self.get("/v1/models/claude-opus-5")[1]["object"], "model")
        self.server.lacks = {"models", "count_tokens"}
        self.assertEqual(self.get("/v1/models")[0], 404)
        body = request_body(max_tokens=None, stream=None)
        self.refuse(body, "Not found", 404, path="/v1/messages/count_tokens")

    def test_tokens(self):
        body = request_body(max_tokens=None, stream=None)
        _, _, answer = self.ask(body, path="/v1/messages/count_tokens")
        self.assertGreater(json.loads(answer)["input_tokens"], 0)
        self.refuse(request_body(), "Extra inputs", path="/v1/messages/count_tokens")


class ProcessTests(unittest.TestCase):
    """The program."""

    def start(self, *arguments):
        script = str(Path(__file__).with_name("messages_api.py"))
        process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process, json.loads(process.stdout.readline())

    def test_ends_with_its_standard_input(self):
        process, ready = self.start("--until-eof")
        self.assertTrue(ready["ready"])
        self.assertRegex(ready["url"], r"^http://127\.0\.0\.1:\d+$")
        process.stdin.close()
        self.assertEqual(process.wait(20), 0)

    def test_ends_when_told(self):
        process, _ = self.start("--scenario", "529")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 0)

    def test_tls(self):
        _, ready = self.start("--tls")
        self.assertTrue(ready["url"].startswith("https://"))
        self.assertIn("BEGIN CERTIFICATE", Path(ready["ca"]).read_text())

    def test_http2(self):
        _, ready = self.start("--http2")
        context = ssl.create_default_context(cafile=ready["ca"])
        context.set_alpn_protocols(["h2"])
        address = ready["url"].rpartition(":")
        with socket.create_connection(("127.0.0.1", int(address[2])), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted:
                self.assertEqual(encrypted.selected_alpn_protocol(), "h2")

    def test_proxies(self):
        _, ready = self.start("--proxy", "open", "--proxy", "407")
        self.assertEqual(set(ready["proxies"]), {"open", "407"})
        address = ready["proxies"]["407"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=20)
        self.addCleanup(connection.close)
        connection.request("POST", f"{ready['url']}/v1/messages", "{}", HEADERS)
        self.assertEqual(connection.getresponse().status, 407)
        with urllib.request.urlopen(f"{ready['url']}/_proxied?behaviour=407") as answer:
            (told,) = json.load(answer)["requests"]
        self.assertEqual((told["method"], told["status"]), ("POST", 407))

    def test_what_it_lacks(self):
        _, ready = self.start("--lacks", "cache_control", "--vague", "--no-key", "--context", "99")
        body = json.dumps(request_body(cache_control={"type": "ephemeral"})).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{ready['url']}/v1/messages", body, headers)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertIn(b"invalid request", refused.exception.read())
        refused.exception.close()
        with urllib.request.urlopen(f"{ready['url']}/v1/models?limit=1") as answer:
            self.assertEqual(json.load(answer)["data"][0]["max_input_tokens"], 99)


if __name__ == "__main__":
    unittest.main()
