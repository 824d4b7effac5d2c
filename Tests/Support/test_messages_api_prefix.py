"""Tests of what the Messages API server knows by what stands ahead: length, caches, thinking."""

import unittest

from messages_api.case import ServerCase, request_body

COUNT = "/v1/messages/count_tokens"
MARK = {"type": "ephemeral"}


def text(words, **fields):
    """A text block."""
    return {"type": "text", "text": words, **fields}


class LengthTests(ServerCase):
    """What a model can read."""

    options = {"context": 1000}

    def count(self, body):
        kept = {k: v for k, v in body.items() if k not in ("max_tokens", "stream")}
        status, _, answer = self.ask(kept, path=COUNT)
        self.assertEqual(status, 200, answer)
        return int(answer.decode().partition(":")[2].rstrip("} "))

    def test_a_request_that_fills_it(self):
        body = request_body("a" * 3000, max_tokens=1)
        count = self.count(body)
        self.assertEqual(self.ask(body | {"max_tokens": 1000 - count})[0], 200)
        words = f"exceed context limit: {count} + {1001 - count} > 1000, decrease input length"
        self.refuse(body | {"max_tokens": 1001 - count}, words)

    def test_a_prompt_that_is_too_long(self):
        body = request_body("a" * 5000)
        count = self.count(body)
        self.refuse(body, f"prompt is too long: {count} tokens > 1000 maximum")

    def test_everything_is_counted(self):
        plain = self.count(request_body("a"))
        tool = {"name": "add", "input_schema": {"type": "object"}}
        self.assertGreater(self.count(request_body("a", system="b" * 100)), plain + 20)
        self.assertGreater(self.count(request_body("a", tools=[tool])), plain + 5)
        self.assertGreater(self.count(request_body("a", "b" * 100, "c")), plain + 20)
        marked = [text("a", cache_control=MARK)]
        self.assertEqual(self.count(request_body(marked)), plain)

    def test_usage_says_the_same(self):
        body = request_body("a" * 100)
        self.assertEqual(self.answer(body)["usage"]["input_tokens"], self.count(body))

    def test_models_tell_it(self):
        answer = self.ask(path="/v1/models/claude-opus-5-5", method="GET")[2]
        self.assertIn(b'"max_input_tokens": 1000', answer)


class CacheTests(ServerCase):
    """What is read from a cache."""

    TOOL = {"name": "add", "input_schema": {"type": "object"}}

    def usage(self, *contents, **fields):
        system = [text("Be kind. " * 20, cache_control=MARK)]
        body = request_body(*contents, **{"system": system, "tools": [self.TOOL], **fields})
        usage = self.answer(body)["usage"]
        read, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
        return read, written, usage["input_tokens"]

    def marked(self, words):
        return [text(words, cache_control=MARK)]

    def test_the_next_request_reads_what_the_one_before_wrote(self):
        read, written, rest = self.usage(self.marked("one " * 50))
        self.assertEqual((read, rest), (0, 0))
        self.assertGreater(written, 50)
        again = self.usage(text("one " * 50)["text"], "two", self.marked("three " * 50))
        self.assertEqual(again[0], written)
        self.assertGreater(again[1], 50)
        self.assertEqual(again[2], 0)

    def test_a_word_early_leaves_nothing_to_read(self):
        self.usage(self.marked("one"))
        system = [text("Be quick. " * 20, cache_control=MARK)]
        self.assertEqual(self.usage(self.marked("one"), system=system)[0], 0)
        self.assertGreater(self.usage(self.marked("another"))[0], 0)
        other = [self.TOOL | {"description": "Adds."}]
        self.assertEqual(self.usage(self.marked("one"), tools=other)[0], 0)
        self.assertEqual(self.usage(self.marked("one"), model="claude-opus-5")[0], 0)

    def test_another_choice_of_tools_reads_no_messages(self):
        whole = sum(self.usage(self.marked("one " * 50)))
        self.assertEqual(self.usage(self.marked("one " * 50))[0], whole)
        read, written, _ = self.usage(self.marked("one " * 50), tool_choice={"type": "none"})
        self.assertGreater(read, 0)
        self.assertGreater(written, 50)
        automatic = self.usage(self.marked("one " * 50), tool_choice={"type": "auto"})
        self.assertEqual(automatic[0], whole)

    def test_the_first_image_reads_no_messages(self):
        image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
        whole = sum(self.usage(self.marked("one " * 50)))
        more = [*self.marked("one " * 50), image]
        read, written, _ = self.usage(more)
        self.assertTrue(0 < read < whole)
        self.assertGreater(written, 50)
        self.assertEqual(self.usage(more)[0], whole)

    def test_twenty_blocks_are_looked_back(self):
        system = "Be kind."
        blocks = [text(f"block {n}") for n in range(23)]
        marked = [*blocks[:2], blocks[2] | {"cache_control": MARK}]
        self.usage(marked, system=system)
        for last, is_read in ((22, True), (23, False)):
            found = [*blocks[:last], text("end", cache_control=MARK)]
            self.server.cache.reset()
            self.usage(marked, system=system)
            self.assertEqual(self.usage(found, system=system)[0] > 0, is_read, last)

    def test_without_a_mark_nothing_is_cached(self):
        for _ in range(2):
            read, written, rest = self.usage("one", system="Be kind.")
            self.assertEqual((read, written), (0, 0))
            self.assertGreater(rest, 0)

    def test_the_automatic_mark(self):
        self.usage("one", system="Be kind.", cache_control=MARK)
        read, written, rest = self.usage("one", system="Be kind.", cache_control=MARK)
        self.assertGreater(read, 0)
        self.assertEqual((written, rest), (0, 0))

    def test_what_is_refused_or_fails_is_not_written(self):
        self.ask(request_body(self.marked("scenario:529,529,normal")))
        self.assertEqual(self.server.cache.usage(
            request_body(self.marked("scenario:529,529,normal")))["cache_read_input_tokens"], 0)
        self.ask(request_body(self.marked("plain")))
        self.assertGreater(self.server.cache.usage(
            request_body(self.marked("plain")))["cache_read_input_tokens"], 0)

    def test_a_minimum(self):
        self.server.cache = type(self.server.cache)(minimum=100)
        for _ in range(2):
            self.assertEqual(self.usage(self.marked("one"), system="Be kind.")[:2], (0, 0))
        self.usage(self.marked("one " * 100), system="Be kind.")
        self.assertGreater(self.usage(self.marked("one " * 100), system="Be kind.")[0], 100)

    def test_two_lives(self):
        system = [text("Be kind. " * 20, cache_control=MARK | {"ttl": "1h"})]
        body = request_body(self.marked("one " * 20), system=system)
        created = self.answer(body)["usage"]["cache_creation"]
        self.assertGreater(created["ephemeral_1h_input_tokens"], 40)
        self.assertGreater(created["ephemeral_5m_input_tokens"], 10)


class BreakpointTests(ServerCase):
    """Where a breakpoint may stand."""

    CALL = {"type": "tool_use", "id": "t1", "name": "add", "input": {"cache_control": "a word"}}
    TOOL = {"name": "add", "input_schema": {"type": "object"}, "cache_control": MARK}

    def accept(self, *contents, **fields):
        status, _, answer = self.ask(request_body(*contents, **fields))
        self.assertEqual(status, 200, answer)

    def test_everywhere_it_may(self):
        result = {"type": "tool_result", "tool_use_id": "t1", "content": [text("3")]}
        self.accept("a", [self.CALL | {"cache_control": MARK}], [result | {"cache_control": MARK}],
                    tools=[self.TOOL], system=[text("b", cache_control=MARK)])  # fmt: skip
        result["content"] = [text("3", cache_control=MARK)]
        self.accept("a", [self.CALL], [result], tools=[self.TOOL])
        self.accept("a", cache_control=MARK)

    def test_four_at_most(self):
        block = text("a", cache_control=MARK)
        self.accept([block] * 4)
        words = "A maximum of 4 blocks with cache_control may be provided. Found 5."
        self.refuse(request_body([block] * 5), words)
        self.refuse(request_body([block] * 4, cache_control=MARK), words)
        self.refuse(request_body([block] * 4, tools=[self.TOOL]), words)

    def test_what_is_no_breakpoint(self):
        for wrong, words in (
            ({}, "type: Input should be 'ephemeral'"), ("x", "'ephemeral'"),
            ({"type": "for ever"}, "'ephemeral'"), (MARK | {"ttl": "2h"}, "'5m' or '1h'"),
            (MARK | {"scope": "all"}, "Extra inputs"),
        ):  # fmt: skip
            self.refuse(request_body([text("a", cache_control=wrong)]), words)

    def test_longer_lives_first(self):
        hour = MARK | {"ttl": "1h"}
        self.accept([text("a", cache_control=hour), text("b", cache_control=MARK)])
        words = "a ttl='1h' cache_control block must not come after a ttl='5m'"
        self.refuse(
            request_body([text("a", cache_control=hour)], system=[text("b", cache_control=MARK)]),
            words,
        )

    def test_not_on_thinking(self):
        answer = self.answer(request_body("scenario:thinking"))["content"]
        answer[0]["cache_control"] = MARK
        self.refuse(request_body("scenario:thinking", answer, "b"), "cache_control: Extra inputs")
        answer = self.answer(request_body("scenario:fallback"))["content"]
        answer[0]["cache_control"] = MARK
        self.refuse(request_body("scenario:fallback", answer, "b"), "cache_control: Extra inputs")

    def test_not_outside_blocks(self):
        tool = {k: v for k, v in self.TOOL.items() if k != "cache_control"}
        marked = {"type": "auto", "cache_control": MARK}
        self.refuse(request_body(tools=[tool], tool_choice=marked), "cache_control: Extra inputs")
        message = {"role": "user", "content": "a", "cache_control": MARK}
        self.refuse(request_body(messages=[message]), "cache_control: Extra inputs")


class SentBackTests(ServerCase):
    """Answers that come back as they went, and as they did not."""

    def both(self, scenario, **fields):
        """The contents of a first exchange."""
        question = f"scenario:{scenario}"
        return question, self.answer(request_body(question, **fields))["content"]

    def accept(self, *contents, **fields):
        status, _, answer = self.ask(request_body(*contents, **fields))
        self.assertEqual(status, 200, answer)

    def test_thinking(self):
        for name, field in (("thinking", "signature"), ("empty-thinking-first", "signature"),
                            ("redacted-thinking", "data"), ("signature-twice", "signature")):
            question, answer = self.both(name)
            self.accept(question, answer, "and now?")
            words = f"messages.1.content.0: Invalid `{field}` in"
            self.refuse(request_body("another", answer, "and now?"), words)
            self.refuse(request_body("a", "b", question, answer, "c"), f"Invalid `{field}`")
            self.refuse(request_body(question, answer, "c", model="claude-opus-5"), words)
            changed = [answer[0] | {field: "c2lnbmF0dXJl"}, answer[1]]
            self.refuse(request_body(question, changed, "c"), words)
            self.accept("another", answer[1:], "and now?", model="claude-opus-5")

    def test_changed_thinking(self):
        question, answer = self.both("thinking")
        answer[0]["thinking"] += "!"
        self.refuse(request_body(question, answer, "b"), "Invalid `signature`")

    def test_marks_and_forms_bind_nothing(self):
        question, answer = self.both("thinking")
        self.accept([text(question, cache_control=MARK)], answer, "b", system="Be kind.")

    def test_earlier_thinking_may_be_left_out(self):
        question, answer = self.both("thinking")
        later = self.answer(request_body(question, answer, "scenario:thinking"))["content"]
        self.accept(question, answer, "scenario:thinking", later, "b")
        self.accept(question, answer[1:], "scenario:thinking", later, "b")

    def test_thinking_is_whole(self):
        self.refuse(request_body("a", [{"type": "thinking", "thinking": "x"}], "b"), "signature")
        self.refuse(request_body("a", [{"type": "redacted_thinking"}], "b"), "data")

    def test_what_is_kept_as_it_is(self):
        for name in ("compaction", "fallback"):
            question, answer = self.both(name)
            self.assertEqual(answer[0]["type"], name)
            self.accept(question, answer, "b")
        broken = {"type": "compaction", "content": None}
        self.refuse(request_body("a", [broken], "b"), "compaction.content: Field required")

    def test_a_pause_is_gone_on_with(self):
        question, answer = self.both("pause-turn,pause-turn,normal")
        words = "does not support assistant message prefill"
        self.refuse(request_body(question, "something else"), words)
        self.accept(question, answer)  # which pauses again
        self.accept(question, answer[0]["text"])
        self.accept(question, [*answer, *answer])
        self.refuse(request_body(question, [*answer, *answer, *answer, *answer]), words)

    def test_an_answer_that_did_not_pause_is_not(self):
        question, answer = self.both("normal")
        self.refuse(request_body(question, answer), "assistant message prefill")


class LacksTests(ServerCase):
    """What a local server lacks."""

    TOOL = {"name": "add", "input_schema": {"type": "object"}}

    def test_tool_choice(self):
        body = request_body(tools=[self.TOOL], tool_choice={"type": "auto"})
        self.assertEqual(self.ask(body)[0], 200)
        self.server.lacks = {"tool_choice"}
        self.refuse(body, "tool_choice: Extra inputs are not permitted")
        self.assertEqual(self.ask(request_body(tools=[self.TOOL]))[0], 200)

    def test_cache_control(self):
        body = request_body([text("a", cache_control=MARK)])
        self.assertEqual(self.ask(body)[0], 200)
        self.server.lacks = {"cache_control"}
        self.refuse(body, "messages.0.content.0.cache_control: Extra inputs are not permitted")
        self.refuse(request_body(cache_control=MARK), "cache_control: Extra inputs")
        system = [text("a", cache_control=MARK)]
        self.refuse(request_body(system=system), "system.0.cache_control: Extra inputs")
        self.assertEqual(self.ask(request_body())[0], 200)

    def test_without_a_name(self):
        self.server.lacks, self.server.vague = {"cache_control"}, True
        told = self.refuse(request_body(cache_control=MARK), "invalid request")
        self.assertNotIn("cache_control", told["error"]["message"])

    def test_another_status(self):
        self.server.lacks, self.server.lack_status = {"count_tokens", "models"}, 501
        self.refuse(request_body(max_tokens=None, stream=None), "Not found", 501, path=COUNT)
        self.assertEqual(self.ask(path="/v1/models", method="GET")[0], 501)

    def test_without_a_key(self):
        bare = {"content-type": "application/json"}
        self.assertEqual(self.ask(request_body(), bare)[0], 401)
        self.server.needs_key = False
        self.assertEqual(self.ask(request_body(), bare)[0], 200)


if __name__ == "__main__":
    unittest.main()
