"""Tests of the Messages API server's tool loops, and of answers that break inside a block."""

import http.client
import json
import unittest

from messages_api import scenarios
from messages_api.case import ServerCase, assemble, events, request_body
from messages_api.refusal import Refusal
from messages_api.rounds import parse_calls

TOOLS = [
    {"name": name, "input_schema": {"type": "object"}} for name in ("calc__run", "dice__roll")
]


class LoopCase(ServerCase):
    """A client that answers calls."""

    def first(self, scenario, **fields):
        """The first answer to a scenario, with its request."""
        body = request_body(f"scenario:{scenario}", **{"tools": TOOLS, **fields})
        return body, self.answer(body)

    def follow(self, body, answer, results=None, **fields):
        """The request that follows an answer which called tools."""
        calls = [b for b in answer["content"] if b["type"] == "tool_use"]
        told = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": f"result {n}"}
            for n, call in enumerate(calls)
        ]
        turns = [
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": results or told},
        ]
        return body | {"messages": body["messages"] + turns, **fields}

    def calls(self, answer):
        """What an answer calls."""
        return [(b["name"], b["input"]) for b in answer["content"] if b["type"] == "tool_use"]


class ToolsTests(LoopCase):
    """Calls, and the loop."""

    def test_a_loop_of_two_rounds(self):
        calls = 'calls=calc__run:{"expression":"6+7"}+dice__roll'
        body, answer = self.first(f"tools?{calls},tools,normal")
        self.assertEqual(answer["stop_reason"], "tool_use")
        self.assertEqual(
            self.calls(answer), [("calc__run", {"expression": "6+7"}), ("dice__roll", {})]
        )
        body = self.follow(body, answer)
        answer = self.answer(body)
        self.assertEqual(self.calls(answer), [("calc__run", {})])
        last = self.answer(self.follow(body, answer))
        self.assertEqual(last["stop_reason"], "end_turn")
        self.assertIn("Actors: none. Results: result 0. Grüße", last["content"][0]["text"])

    def test_the_same_text_later_begins_anew(self):
        body, answer = self.first("tools,normal")
        last = self.answer(self.follow(body, answer))
        text = body["messages"][0]["content"]
        messages = self.follow(body, answer)["messages"] + [
            {"role": "assistant", "content": last["content"]}, {"role": "user", "content": text},
        ]  # fmt: skip
        self.assertEqual(self.answer(body | {"messages": messages})["stop_reason"], "tool_use")

    def test_a_cut_of_what_is_older_is_a_further_attempt(self):
        text = "scenario:too-long,normal"
        self.refuse(request_body("old", "words", text), "tokens > 200000 maximum")
        self.assertEqual(self.answer(request_body(text))["stop_reason"], "end_turn")

    def test_text_and_thinking_ahead(self):
        _, answer = self.first("tools?thinking=Hm&text=Wait")
        kinds = [block["type"] for block in answer["content"]]
        self.assertEqual(kinds, ["thinking", "text", "tool_use"])
        self.assertEqual(answer["content"][1]["text"], "Wait")
        _, answer = self.first("tools?text=")
        self.assertEqual([block["type"] for block in answer["content"]], ["tool_use"])

    def test_a_name_that_is_not_offered_is_the_tests_fault(self):
        body = request_body("scenario:tools?calls=other__tool", tools=TOOLS)
        self.refuse(body, "other__tool is called and not offered, but calc__run, dice__roll is")

    def test_the_choice_is_obeyed(self):
        for name in ("tools", "tools-split", "tools-same-ids", "tools-bad-json", "tools-unknown",
                     "tools-empty", "tools-interleaved"):  # fmt: skip
            _, answer = self.first(name, tool_choice={"type": "none"})
            self.assertEqual(answer["stop_reason"], "end_turn", name)
            _, answer = self.first(name + "?text=Wait", tool_choice={"type": "auto"})
            self.assertEqual(answer["stop_reason"], "tool_use", name)

    def test_forever(self):
        body, answer = self.first("tools-forever")
        answer = self.answer(self.follow(body, answer, tool_choice={"type": "none"}))
        self.assertEqual(self.calls(answer), [("calc__run", {})])

    def test_packets(self):
        for packets in ("events", "bytes", "one"):
            _, answer = self.first(f"tools?packets={packets}")
            self.assertEqual(self.calls(answer), [("calc__run", {})])

    def test_how_calls_are_written(self):
        self.assertEqual(parse_calls(""), [])
        self.assertEqual(parse_calls("a"), [("a", "{}")])
        self.assertEqual(
            parse_calls('a:{"x":[1,{}]}+b+c:{"y":"+"}'),
            [("a", '{"x":[1,{}]}'), ("b", "{}"), ("c", '{"y":"+"}')],
        )
        for wrong in (":{}", "a:", "a:{", "a:b"):
            with self.subTest(wrong), self.assertRaises(Refusal):
                parse_calls(wrong)
        two = scenarios.parse('scenario:tools?calls=a:{"x":1,"y":2}+b&text=x+y,normal')
        self.assertEqual(
            two, [("tools", {"calls": 'a:{"x":1,"y":2}+b', "text": "x y"}), ("normal", {})]
        )

    def test_parameters_that_nobody_knows(self):
        self.refuse(request_body("scenario:tools?call=a"), "tools has no parameter call")


class OddCallTests(LoopCase):
    """Calls as they may come."""

    def pieces(self, name):
        body = request_body(f"scenario:{name}", tools=TOOLS)
        found = [e["delta"] for e in events(self.ask(body)[2]) if "delta" in e]
        return [delta["partial_json"] for delta in found if "partial_json" in delta]

    def test_split_at_every_byte(self):
        pieces = self.pieces('tools-split?calls=calc__run:{"x":"ü🙂"}')
        self.assertTrue(all(len(piece) == 1 and piece.isascii() for piece in pieces))
        self.assertEqual("".join(pieces), r'{"x": "\u00fc\ud83d\ude42"}')

    def test_interleaved(self):
        calls = 'calls=calc__run:{"x":"1234567890"}+dice__roll:{"y":"1234567890"}'
        body = request_body(f"scenario:tools-interleaved?{calls}", tools=TOOLS)
        answer = self.ask(body)[2]
        order = [e["index"] for e in events(answer) if "partial_json" in e.get("delta", {})]
        self.assertEqual(order[:4], [1, 2, 1, 2])
        self.assertEqual([x for _, x in self.calls(assemble(answer))],
                         [{"x": "1234567890"}, {"y": "1234567890"}])  # fmt: skip

    def test_the_same_identifiers(self):
        body, answer = self.first("tools-same-ids?calls=calc__run+dice__roll")
        found = [b["id"] for b in answer["content"] if b["type"] == "tool_use"]
        self.assertEqual(found, ["call_1", "call_1"])
        # Who sends them back as they came is refused, by a server as strict as this one.
        self.refuse(self.follow(body, answer), "ids must be unique")

    def test_bad_json(self):
        self.assertEqual("".join(self.pieces("tools-bad-json")), '{"location": "Par')
        self.assertEqual(self.pieces("tools-bad-json?json=no%2C")[-1], "no,")

    def test_nothing(self):
        self.assertEqual(self.pieces("tools-empty"), [""])
        self.assertEqual(self.pieces("tools-empty?pieces=0"), [])
        self.assertEqual(self.calls(self.first("tools-empty")[1]), [("calc__run", {})])

    def test_an_unknown_tool(self):
        body, answer = self.first("tools-unknown,normal")
        self.assertEqual(self.calls(answer), [("no_such_tool", {})])
        body = self.follow(body, answer)
        self.refuse(body, "does not define: no_such_tool")
        stub = {"name": "no_such_tool", "input_schema": {"type": "object"}}
        self.assertEqual(self.answer(body | {"tools": [*TOOLS, stub]})["stop_reason"], "end_turn")

    def test_max_tokens_in_the_second_call(self):
        for calls in ("", '?calls=calc__run+dice__roll:{"sides":6}'):
            _, answer = self.first(f"tools-then-max-tokens{calls}")
            self.assertEqual(answer["stop_reason"], "max_tokens")
            whole = [b["type"] for b in answer["content"] if "unfinished" not in b]
            self.assertEqual(whole, ["text", "tool_use"])
            self.assertTrue(answer["content"][2]["unfinished"])


class BreakTests(LoopCase):
    """Answers that break before a word."""

    def test_errors_and_ends(self):
        for place in ("thinking", "tool"):
            body = request_body(f"scenario:error-{place}")
            found = events(self.ask(body)[2])
            self.assertEqual(found[-1]["error"]["type"], "overloaded_error")
            found = events(self.ask(request_body(f"scenario:eof-{place}"))[2])
            self.assertEqual(found[-1]["type"], "content_block_delta")
            self.assertNotIn("text_delta", json.dumps(found))
            with self.assertRaises(http.client.IncompleteRead) as broken:
                self.ask(request_body(f"scenario:cut-{place}"))
            self.assertIn(b"content_block_delta", broken.exception.partial)

    def test_whole_calls_without_a_stop_reason(self):
        calls = "calls=calc__run+dice__roll&whole=1"
        answer = self.answer(request_body(f"scenario:eof-tool?{calls}", tools=TOOLS))
        self.assertEqual(self.calls(answer), [("calc__run", {}), ("dice__roll", {})])
        self.assertIsNone(answer["stop_reason"])

    def test_the_server_remembers_one_request_for_each(self):
        with self.assertRaises(http.client.IncompleteRead):
            self.ask(request_body("scenario:cut-tool,normal"))
        self.assertEqual(len(self.told("/_wait?containing=cut-tool&outcome=broken")), 1)
        self.assertEqual(self.ask(request_body("scenario:cut-tool,normal"))[0], 200)


class StatusTests(ServerCase):
    """Every error status, as the API tells it and as a proxy does."""

    KINDS = {
        400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
        403: "permission_error", 404: "not_found_error", 408: "timeout_error",
        409: "conflict_error", 413: "request_too_large", 429: "rate_limit_error",
        500: "api_error", 502: "api_error", 503: "api_error", 504: "timeout_error",
        529: "overloaded_error",
    }  # fmt: skip

    def test_json_and_html(self):
        for status, kind in self.KINDS.items():
            got, headers, answer = self.ask(request_body(f"scenario:{status}"))
            told = json.loads(answer)
            self.assertEqual((got, told["error"]["type"]), (status, kind))
            self.assertEqual(headers["request-id"], told["request_id"])
            got, headers, answer = self.ask(request_body(f"scenario:{status}?html"))
            self.assertEqual((got, headers["content-type"]), (status, "text/html"))
            self.assertIn(b"<h1>", answer)

    def test_too_long(self):
        words = "prompt is too long: 213462 tokens > 200000 maximum"
        self.refuse(request_body("scenario:too-long"), words)
        words = "input length and `max_tokens` exceed context limit: 7 + 3 > 9, decrease"
        self.refuse(request_body("scenario:too-long?tokens=7&room=3&maximum=9"), words)


if __name__ == "__main__":
    unittest.main()
