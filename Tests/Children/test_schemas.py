"""Each rule of the schemas in `children/schema` refuses what breaks it, and nothing else."""

import json
import os
import re
import unittest

import schemas
from drive import Chatd
from jsonschema import Draft202012Validator
from rules import ROOT
from wrong_messages import (
    ANSWER, ANYTHING, CHATD, CHILD, FAILURE, HEARD, MESSAGE, RESPONSE, RIGHT, WRONG, changed,
    places, request)


class TestTheSchemas(unittest.TestCase):
    def assert_wrong(self, value, reference, about):
        with self.assertRaises(schemas.Breach, msg=about) as breach:
            schemas.check(value, reference)
        self.assertIn(reference, str(breach.exception))

    def test_each_is_a_schema_and_its_references_lead_somewhere(self):
        self.assertEqual(len(schemas.documents()), 7)
        for name, schema in schemas.documents().items():
            Draft202012Validator.check_schema(schema)
            self.assertEqual(schema["$id"], name)
            resolver = schemas.registry().resolver(name)
            for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema)):
                resolver.lookup(reference)

    def test_what_is_right_is_let_through(self):
        for name, (reference, value) in RIGHT.items():
            schemas.check(value, reference)
            # A later chatd, or another library, may say more: fields that nobody knows.
            if isinstance(value, dict):
                schemas.check({**value, "later": 1}, reference)
            if isinstance(value, dict) and "params" in value:
                schemas.check({**value, "params": {**value["params"], "later": 1}}, reference)
        for text in ({}, None, {"decline": True}, {"html": "a"}, {"data": 0}, {"text": ""}):
            schemas.check(text, f"{CHILD}#/$defs/result_of_message")
        schemas.check({"jsonrpc": "2.0", "id": "a", "method": "history/get"}, CHILD)
        schemas.check({**HEARD, "params": {**HEARD["params"], "context": []}}, CHATD)
        schemas.check({**MESSAGE, "to": None, "usage": None}, "entries.schema.json")

    def test_each_rule_refuses_what_breaks_it(self):
        count = 0
        self.assertEqual(set(WRONG) | ANYTHING, set(RIGHT))
        for name, table in WRONG.items():
            reference, value = RIGHT[name]
            for path, values in table.items():
                for wrong in values:
                    with self.subTest(name, path=path, wrong=wrong):
                        self.assert_wrong(changed(value, path, wrong), reference, path)
                    count += 1
        self.assertGreater(count, 800)

    def test_no_member_is_without_a_rule(self):
        # What a table leaves out would be a rule that nobody has seen refuse anything.
        free = re.compile(
            r"(^|\.)(later|to\.0|annotations\..*|usage\..*|arguments\..*|x|days|isError|data|state"
            r"|inputSchema\..*|content\.\d+(\..*)?|messages\..*|context\.\d+(\..*)?|calls\.0"
            r"|child_responses\.0|child_responses|calls|tools\.0|result|method|data\.\d+|body\.\d+"
            r"|body)$")
        for name, (_, value) in RIGHT.items():
            for path in places(value):
                if name not in ANYTHING and not free.search(path):
                    self.assertIn(path, WRONG[name], name)

    def test_what_is_no_message_is_refused(self):
        for frame in (None, 1, "a", [], [ANSWER], {}, {"jsonrpc": "2.0"},
                      {"jsonrpc": "2.0", "id": 1}, {**ANSWER, **FAILURE},
                      {**request("ping", {}), "result": {}},
                      {**request("ping", {}), "error": FAILURE["error"]}):
            for reference in ("frame.schema.json", CHATD, CHILD):
                self.assert_wrong(frame, reference, frame)

    def test_a_reason_is_a_text_wherever_there_is_one(self):
        for status in ("replied", "declined"):
            response = {**RESPONSE, "status": status}
            schemas.check({**response, "reason": None}, "entries.schema.json#/$defs/child_response")
            self.assert_wrong(
                {**response, "reason": 1}, "entries.schema.json#/$defs/child_response", status)

    def test_a_breach_names_the_place_and_the_rule_in_few_words(self):
        wrong = changed(HEARD, "params.context.1.child_responses.0.status", "x" * 5000)
        with self.assertRaises(schemas.Breach) as breach:
            schemas.check(wrong, CHATD)
        words = str(breach.exception)
        self.assertIn("$.params.context[1].child_responses[0].status", words)
        self.assertLess(len(words), 400)


class TestTheDriver(unittest.TestCase):
    """The tests' own chatd holds both sides to the schemas."""

    def setUp(self):
        self.chatd = Chatd(os.path.join(ROOT, "children", "sentiment"))

    def test_it_says_nothing_that_is_wrong(self):
        self.assertRaises(schemas.Breach, self.chatd.request, "initialize", {})
        self.assertRaises(schemas.Breach, self.chatd.notify, "cancel", {"id": "1"})
        self.assertRaises(schemas.Breach, self.chatd.request, "message", {
            **self.chatd.message("hi"), "context": [{}]})

    def test_it_takes_a_result_for_what_was_asked(self):
        asked, _ = self.chatd.request("message", self.chatd.message("hi"))
        other, _ = self.chatd.request("ping", {})
        for request_id, result in ((asked, None), (asked, {"text": "a"}), (other, {"text": 1})):
            frame = {"jsonrpc": "2.0", "id": request_id, "result": result}
            self.assertEqual(self.chatd._held_to_the_schemas(frame), frame)
        for request_id, result in ((other, None), (asked, {"text": 1}), (asked, [])):
            frame = {"jsonrpc": "2.0", "id": request_id, "result": result}
            with self.assertRaisesRegex(AssertionError, "result_of_"):
                self.chatd._held_to_the_schemas(frame)


if __name__ == "__main__":
    unittest.main()
