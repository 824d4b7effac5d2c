"""Tests of how the Messages API server holds tools, calls and results to the API's rules."""

import base64
import unittest

from messages_api.case import ServerCase, request_body

ADD = {"name": "add", "input_schema": {"type": "object"}}
CALL = {"type": "tool_use", "id": "t1", "name": "add", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "3"}


class ToolCase(ServerCase):
    """Requests with a tool."""

    def body(self, *contents, **fields):
        return request_body(*contents, **{"tools": [ADD], **fields})

    def accept(self, *contents, **fields):
        status, _, answer = self.ask(self.body(*contents, **fields))
        self.assertEqual(status, 200, answer)

    def deny(self, words, *contents, **fields):
        return self.refuse(self.body(*contents, **fields), words)


class PairTests(ToolCase):
    """Calls with their results."""

    def test_a_pair(self):
        self.accept("a", [CALL], [RESULT])
        self.accept("a", [CALL], [RESULT, {"type": "text", "text": "and now?"}])

    def test_a_call_without_its_result(self):
        words = "messages.1: `tool_use` ids were found without `tool_result` blocks"
        self.deny(words, "a", [CALL], "b")
        other = CALL | {"id": "t2"}
        self.deny("after: t2.", "a", [CALL, other], [RESULT])
        self.accept("a", [CALL, other], [RESULT, RESULT | {"tool_use_id": "t2"}])

    def test_a_result_without_its_call(self):
        self.deny("unexpected `tool_use_id`", [RESULT])
        self.deny("messages.4", "a", [CALL], [RESULT], "b", [RESULT])

    def test_results_stand_first(self):
        text = {"type": "text", "text": "first a word"}
        self.deny("without `tool_result` blocks immediately after: t1", "a", [CALL], [text, RESULT])
        second = [RESULT, text, RESULT | {"tool_use_id": "t2"}]
        self.deny("immediately after: t2", "a", [CALL, CALL | {"id": "t2"}], second)

    def test_a_result_twice(self):
        self.deny("must have a single result", "a", [CALL], [RESULT, RESULT])

    def test_identifiers_are_unique(self):
        self.deny("ids must be unique", "a", [CALL, CALL], [RESULT])
        later = ("a", [CALL], [RESULT], [CALL], [RESULT])
        self.deny("messages.3.content.0: `tool_use` ids must be unique", *later)

    def test_odd_calls(self):
        for field in ("id", "name", "input"):
            call = {k: v for k, v in CALL.items() if k != field}
            self.deny("tool_use needs", "a", [call], "b")
        self.deny("tool_use.id: String should match", "a", [CALL | {"id": "t.1"}], "b")
        self.deny("tool_use.name: String should match", "a", [CALL | {"name": "a.b"}], "b")
        self.deny("tool_use.name: String should match", "a", [CALL | {"name": "a" * 65}], "b")
        self.deny("colour: Extra inputs", "a", [CALL | {"colour": "red"}], "b")
        self.accept("a", [CALL | {"caller": {"type": "direct"}}], [RESULT])

    def test_tools_that_are_used_are_defined(self):
        pair = ("a", [CALL], [RESULT])
        self.refuse(request_body(*pair), "must define tools")
        self.deny("does not define: add", *pair, tools=[ADD | {"name": "multiply"}])
        self.accept(*pair, tools=[ADD | {"name": "multiply"}, ADD])


class ResultTests(ToolCase):
    """What a result may hold."""

    def result(self, content, **fields):
        return "a", [CALL], [RESULT | {"content": content, **fields}]

    def image(self, **changes):
        data = base64.b64encode(b"GIF89a").decode()
        source = {"type": "base64", "media_type": "image/gif", "data": data, **changes}
        return {"type": "image", "source": source}

    def test_texts_and_images(self):
        text = {"type": "text", "text": "3"}
        for content in ("3", "", [], [text], [text, self.image()]):
            self.accept(*self.result(content))
        self.accept("a", [CALL], [{"type": "tool_result", "tool_use_id": "t1"}])
        self.deny("valid string or list", *self.result(3))
        self.deny("must be non-empty", *self.result([{"type": "text", "text": ""}]))
        self.deny("Input tag 'tool_use'", *self.result([CALL]))
        self.deny("Input tag 'resource'", *self.result([{"type": "resource"}]))
        self.deny("Extra inputs", *self.result("3", name="add"))
        self.deny("tool_use_id: Field required", [{"type": "tool_result"}])

    def test_images(self):
        for wrong in ({"media_type": "image/bmp"}, {"data": "%"}, {"data": ""}, {"data": 5}):
            self.deny("image.source.base64", *self.result([self.image(**wrong)]))
        self.deny("image.source.type", *self.result([{"type": "image"}]))
        large = base64.b64encode(bytes(4 << 20)).decode()
        self.deny("image exceeds 5 MB maximum", *self.result([self.image(data=large)]))

    def test_errors(self):
        self.accept(*self.result("it broke", is_error=True))
        self.accept(*self.result([{"type": "text", "text": "it broke"}], is_error=True))
        self.accept(*self.result("", is_error=False))
        self.deny("cannot be empty if `is_error`", *self.result("", is_error=True))
        self.deny("cannot be empty if `is_error`", *self.result([], is_error=True))
        self.deny("must be type `text`", *self.result([self.image()], is_error=True))
        self.deny("valid boolean", *self.result("it broke", is_error="yes"))


class DescriptionTests(ToolCase):
    """How tools are described and chosen."""

    def test_names(self):
        for name in ("a b", "ä", "", "a" * 65, "a.b", "a\n", 5):
            self.deny("name: String should match pattern", tools=[ADD | {"name": name}])
        self.deny("should match pattern", tools=["add"])
        self.deny("must be unique", tools=[ADD, ADD])
        self.accept(tools=[ADD | {"name": "A-z_9"}, ADD | {"name": "a" * 64}])

    def test_fields(self):
        self.accept(tools=[ADD | {"description": "Adds.", "type": "custom", "strict": True}])
        self.deny("description: Input should be", tools=[ADD | {"description": 5}])
        self.deny("colour: Extra inputs", tools=[ADD | {"colour": "red"}])
        self.deny("type: Input should be 'custom'", tools=[ADD | {"type": "bash"}])

    def test_schemas(self):
        def tool(**schema):
            return [ADD | {"input_schema": {"type": "object", **schema}}]

        text = {"type": "string"}
        for good in (
            {"properties": {"a": text, "b.c-d": True}, "required": ["a"]},
            {"properties": {"a": {"anyOf": [text, {"type": ["null", "integer"]}]}}},
            {"properties": {"a": {"type": "array", "items": text, "minItems": 1}}},
            {"properties": {"a": {"enum": ["x", 1, None]}}, "additionalProperties": False},
            {"$defs": {"a": text}, "x-own": 5},
        ):
            self.accept(tools=tool(**good))
        for bad in (
            {"properties": []}, {"properties": {"a": 5}}, {"properties": {"a": {"type": "text"}}},
            {"required": True}, {"required": ["a", "a"]}, {"properties": {"a": {"items": [text]}}},
            {"properties": {"a": {"enum": "x"}}}, {"properties": {"a": {"minLength": -1}}},
            {"properties": {"a": {"maximum": "5"}}}, {"properties": {"a": {"anyOf": []}}},
            {"properties": {"a": {"type": []}}}, {"description": 5}, {"uniqueItems": 1},
        ):  # fmt: skip
            with self.subTest(bad):
                self.deny("tools.0.custom.input_schema: JSON schema is invalid", tools=tool(**bad))
        for field in ("oneOf", "anyOf", "allOf"):
            self.deny("does not support oneOf, allOf, or anyOf", tools=tool(**{field: [text]}))
        for key in ("", "a b", "ä", "a" * 65):
            self.deny("Property keys should match", tools=tool(properties={key: text}))

    def test_schemas_are_of_objects(self):
        self.deny("input_schema.type", tools=[{"name": "add"}])
        for schema in (None, [], {}, {"type": "string"}, {"type": ["object"]}):
            self.deny("input_schema.type", tools=[ADD | {"input_schema": schema}])

    def test_choices(self):
        for good in ({"type": "auto"}, {"type": "none"},
                     {"type": "auto", "disable_parallel_tool_use": True}):  # fmt: skip
            self.accept(tool_choice=good)
        self.deny("are not supported", tool_choice={"type": "any"})
        self.deny("are not supported", tool_choice={"type": "tool", "name": "add"})
        self.deny("tool_choice.type", tool_choice={"type": "most"})
        self.deny("tool_choice.type", tool_choice={})
        self.deny("Extra inputs", tool_choice={"type": "none", "disable_parallel_tool_use": True})
        words = "tool_choice may only be specified while providing tools"
        self.refuse(request_body(tool_choice={"type": "auto"}), words)
        self.deny(words, tools=[], tool_choice={"type": "none"})


if __name__ == "__main__":
    unittest.main()
