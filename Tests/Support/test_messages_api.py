"""Tests of what the Messages API server refuses: each refusal is provoked."""

import http.client
import json
import unittest

from messages_api.case import HEADERS, ServerCase, request_body


class HeaderTests(ServerCase):
    """What is refused for its headers."""

    def without(self, *names, **changes):
        kept = {name: value for name, value in HEADERS.items() if name not in names}
        return kept | {name.replace("_", "-"): value for name, value in changes.items()}

    def test_no_key(self):
        self.refuse(request_body(), "header is required", 401, self.without("x-api-key"))

    def test_another_key(self):
        told = self.refuse(request_body(), "invalid x-api-key", 401, self.without(x_api_key="sk"))
        self.assertEqual(told["error"]["type"], "authentication_error")
        self.assertTrue(told["request_id"].startswith("req_"))

    def test_another_bearer(self):
        headers = self.without("x-api-key", authorization="Bearer sk")
        self.refuse(request_body(), "invalid bearer", 401, headers)

    def test_a_bearer_is_as_good_as_a_key(self):
        headers = self.without("x-api-key", authorization="Bearer test-key")
        self.assertEqual(self.ask(request_body(), headers)[0], 200)

    def test_no_version(self):
        headers = self.without("anthropic-version")
        self.refuse(request_body(), "anthropic-version: header is required", headers=headers)

    def test_a_version_that_never_was(self):
        headers = self.without(anthropic_version="2025-01-01")
        self.refuse(request_body(), "not a valid version", headers=headers)

    def test_not_announced_as_json(self):
        self.refuse(request_body(), "content-type", headers=self.without(content_type="text/plain"))
        self.refuse(request_body(), "content-type", headers=self.without("content-type"))

    def test_too_large(self):
        connection = http.client.HTTPConnection(*self.server.server_address, timeout=20)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/v1/messages")
        connection.putheader("content-length", str((32 << 20) + 1))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)

    def test_another_path(self):
        self.refuse(request_body(), "Not found", 404, path="/v1/complete")


class BodyTests(ServerCase):
    """What is refused for its body."""

    def test_not_json(self):
        for body in (b"", b"{", b"\xff", b'{"max_tokens":NaN}', b"[" * 100_000):
            with self.subTest(body=body[:20]):
                self.refuse(body, "not valid JSON")
        self.refuse(b"[]", "valid dictionary")

    def test_lone_surrogates(self):
        body = json.dumps(request_body("PLACE")).replace("PLACE", "\\ud83d").encode()
        self.refuse(body, "no low surrogate in string")
        pair = json.dumps(request_body("PLACE")).replace("PLACE", "\\ud83d\\ude42").encode()
        self.assertEqual(self.ask(pair)[0], 200)

    def test_missing_fields(self):
        for field in ("model", "max_tokens", "messages"):
            self.refuse(request_body(**{field: None}), f"{field}: Field required")

    def test_models(self):
        told = self.refuse(request_body(model="claude-9"), "model: claude-9", 404)
        self.assertEqual(told["error"]["type"], "not_found_error")
        self.refuse(request_body(model=5), "model: Input should be")
        self.refuse(request_body(model=""), "model: Input should be")

    def test_max_tokens(self):
        self.refuse(request_body(max_tokens="5"), "valid integer")
        self.refuse(request_body(max_tokens=True), "valid integer")
        self.refuse(request_body(max_tokens=-1), "greater than")
        self.refuse(request_body(max_tokens=0), "greater than")
        self.refuse(request_body(max_tokens=128_001), "128001 > 128000")

    def test_sampling_parameters(self):
        for name in ("temperature", "top_p", "top_k"):
            self.refuse(request_body(**{name: 1}), f"{name}: Extra inputs are not permitted")
            older = HEADERS | {"anthropic-version": "2023-06-01"}
            self.assertEqual(self.ask(request_body(**{name: 1}), older)[0], 200)

    def test_unknown_fields(self):
        self.refuse(request_body(colour="red"), "colour: Extra inputs are not permitted")

    def test_fields_of_a_wrong_kind(self):
        for field in ("stream", "messages", "tools", "metadata", "thinking", "stop_sequences"):
            self.refuse(request_body(**{field: "x"}), f"{field}: Input should be")

    def test_system_prompts(self):
        for system in ("", "  ", 5, [{"type": "text", "text": ""}], [{"type": "image"}], ["x"]):
            self.refuse(request_body(system=system), "system")
        for system in ("Be kind.", [{"type": "text", "text": "Be kind."}]):
            self.assertEqual(self.ask(request_body(system=system))[0], 200)

    def test_breakpoints(self):
        def block(text):
            return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}

        self.assertEqual(self.ask(request_body([block("a")] * 4))[0], 200)
        self.refuse(request_body([block("a")] * 5), "A maximum of 4 blocks with cache_control")


class MessageTests(ServerCase):
    """What is refused for its messages."""

    def refuse_messages(self, messages, words):
        self.refuse(request_body(messages=messages), words)

    def test_none(self):
        self.refuse_messages([], "at least one message")

    def test_too_many(self):
        self.refuse_messages([0] * 100_001, "at most 100000 items")

    def test_odd_ones(self):
        self.refuse_messages(["hello"], "valid dictionary")
        self.refuse_messages([{"role": "user"}], "content: Field required")
        self.refuse_messages([{"role": "user", "content": 5}], "valid string or list")
        self.refuse_messages([{"role": "user", "content": "x", "name": "y"}], "Extra inputs")
        self.refuse_messages([{"role": "robot", "content": "x"}], "'user' or 'assistant'")
        self.refuse_messages([{"role": "system", "content": "x"}], "role 'system'")

    def test_first_is_the_users(self):
        self.refuse_messages([{"role": "assistant", "content": "x"}], "first message must use")

    def test_last_is_the_users(self):
        self.refuse(request_body("a", "b"), "does not support assistant message prefill")

    def test_roles_alternate(self):
        twice = [{"role": "user", "content": "x"}] * 2
        self.refuse_messages(twice, "roles must alternate")
        self.server.strict_roles = False
        self.assertEqual(self.ask(request_body(messages=twice))[0], 200)

    def test_empty_text(self):
        self.refuse(request_body(""), "must have non-empty content")
        self.refuse(request_body([]), "must have non-empty content")
        self.refuse(request_body("a", "", "b"), "messages.1")
        self.refuse(request_body([{"type": "text", "text": ""}]), "must be non-empty")
        self.refuse(request_body([{"type": "text"}]), "text: Field required")

    def test_white_space(self):
        self.refuse(request_body(" \n\t"), "must contain non-whitespace text")
        self.refuse(request_body([{"type": "text", "text": "\u3000"}]), "non-whitespace")

    def test_blocks(self):
        self.refuse(request_body(["hello"]), "type: Field required")
        self.refuse(request_body([{"type": "thinking"}]), "Input tag 'thinking'")
        self.refuse(request_body("a", [{"type": "document"}], "b"), "Input tag 'document'")
        cited = [{"type": "text", "text": "a", "citations": [{}]}]
        self.refuse(request_body(cited), "citations: Extra inputs")


if __name__ == "__main__":
    unittest.main()
