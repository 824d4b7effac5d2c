"""Scenarios of a model that calls tools.

`calls=NAME:JSON+NAME:JSON` says what is called: in order, in one answer, the JSON with `%20` for a
blank, `%26` for `&`, `%3C` for `<` and `%25` for `%`. Without it the first tool offered is called
with `{}`. A name that is not offered is refused as a fault of the test. `text` is what stands ahead
of the calls (nothing: no text block), `thinking` puts a thinking block ahead of all, `packets` is
`events`, `bytes` (one for each byte) or `one`.

All but `tools-forever` answer in text where `tool_choice` forbids calls, as the model does.
"""

import functools
import itertools
import json
import re
from dataclasses import dataclass

from .refusal import Refusal
from .scenarios import scenario
from .signatures import sign
from .wholes import normal

# What is called where no tool is offered.
WEATHER = ("get_weather", '{"location": "Paris"}')
SEPARATORS = re.compile(r"[+\s]*")
NAME = re.compile(r"[^:+\s]+")
PIECE = 5

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Call:
    """A tool's name, and its arguments as they are written."""

    name: str
    arguments: str
    id: str

    @property
    def block(self):
        """What its block begins with."""
        caller = {"type": "direct"}
        return {
            "type": "tool_use", "id": self.id, "name": self.name, "caller": caller, "input": {},
        }  # fmt: skip

    def pieces(self):
        """Its arguments as they come, an empty piece ahead."""
        whole = self.arguments
        return ["", *(whole[at : at + PIECE] for at in range(0, len(whole), PIECE))]


def new_id():
    """An identifier of a call, different for every call."""
    return f"toolu_test{next(_numbers):08d}"


def parse_calls(text):
    """The pairs of a name and a JSON text in `NAME:JSON+NAME:JSON`."""
    at, found = SEPARATORS.match(text).end(), []
    while at < len(text):
        name = NAME.match(text, at)
        if not name:
            raise Refusal(f"scenario: no name of a tool at {text[at:]!r}")
        at, arguments = name.end(), "{}"
        if text[at : at + 1] == ":":
            try:
                _, end = json.JSONDecoder().raw_decode(text, at + 1)
            except ValueError as error:
                raise Refusal(f"scenario: no JSON at {text[at + 1 :]!r}") from error
            at, arguments = end, text[at + 1 : end]
        found.append((name[0], arguments))
        at = SEPARATORS.match(text, at).end()
    return found


def may_call(request):
    """Whether the request lets the model call tools."""
    return request.get("tool_choice", {}).get("type") != "none"


class Round:
    """An answer that calls tools."""

    def __init__(self, x, calls="", text=None, thinking=None, same_id=None, known=True):
        self.x, self.thinking = x, thinking
        self.text = x.answer.text if text is None else text
        # The index of the first call's block.
        self.first = (thinking is not None) + bool(self.text)
        offered = [tool["name"] for tool in x.request.get("tools", [])]
        default = [(offered[0], "{}")] if offered else [WEATHER]
        self.calls = [
            Call(name, arguments, same_id or new_id())
            for name, arguments in parse_calls(calls) or default
        ]
        missing = [c.name for c in self.calls if calls and known and c.name not in offered]
        if missing:
            raise Refusal(
                f"scenario: {missing[0]} is called and not offered, but {', '.join(offered)} is"
            )

    def ahead(self):
        """What stands ahead of the calls, begun and ended."""
        a, events = self.x.answer, [self.x.answer.start()]
        if self.thinking is not None:
            events += thinking_events(self.x, self.thinking)
        if self.text:
            at = self.first - 1
            deltas = a.deltas(at) if self.text == a.text else [a.delta(self.text, at)]
            events += [a.block_start(at), *deltas, a.block_stop(at)]
        return events

    def call_events(self, place, pieces=None, ends=True):
        """A call's block."""
        a, index, call = self.x.answer, self.first + place, self.calls[place]
        deltas = self.deltas(place, call.pieces() if pieces is None else pieces)
        end = [a.block_stop(index)] if ends else []
        return [a.block_start(index, call.block), *deltas, *end]

    def deltas(self, place, pieces):
        """The pieces of a call's arguments."""
        a, index = self.x.answer, self.first + place
        return [
            a.block_delta({"type": "input_json_delta", "partial_json": piece}, index)
            for piece in pieces
        ]

    def events(self, pieces=None):
        """The whole answer; `pieces` makes of a call how its arguments come."""
        events = self.ahead()
        for place, call in enumerate(self.calls):
            events += self.call_events(place, pieces and pieces(call))
        return [*events, self.x.answer.end("tool_use"), self.x.answer.stop()]

    def stream(self, pieces=None, packets="events"):
        """Sends it."""
        events = self.events(pieces)
        if packets == "bytes":
            whole = b"".join(events)
            events = [whole[at : at + 1] for at in range(len(whole))]
        self.x.stream(*([b"".join(events)] if packets == "one" else events))


def thinking_events(x, text="", index=0):
    """A thinking block with a signature that is good in this place."""
    a = x.answer
    return [
        a.block_start(index, {"type": "thinking", "thinking": "", "signature": ""}),
        *([a.block_delta({"type": "thinking_delta", "thinking": text}, index)] if text else []),
        a.block_delta({"type": "signature_delta", "signature": sign(x.request, text)}, index),
        a.block_stop(index),
    ]


@scenario
def tools(x, calls="", text=None, thinking=None, packets="events"):
    """Calls tools, all of them in one answer."""
    if may_call(x.request):
        Round(x, calls, text, thinking).stream(packets=packets)
    else:
        normal(x)


@scenario
def tools_forever(x, calls="", text=None, thinking=None):
    """Calls tools although `tool_choice` forbids it."""
    Round(x, calls, text, thinking).stream()


@scenario
def tools_split(x, calls="", text=None):
    """Every byte of the arguments is a piece of its own, in the middle of escapes too."""

    def pieces(call):
        return list(json.dumps(json.loads(call.arguments)))

    if may_call(x.request):
        Round(x, calls, text).stream(pieces)
    else:
        normal(x)


@scenario
def tools_interleaved(x, calls="", text=None):
    """The pieces of several calls come in turns: they are told apart by their index alone."""
    if not may_call(x.request):
        normal(x)
        return
    a, r = x.answer, Round(x, calls, text)
    events = r.ahead()
    events += [a.block_start(r.first + n, call.block) for n, call in enumerate(r.calls)]
    for row in itertools.zip_longest(*(call.pieces() for call in r.calls)):
        for place, piece in enumerate(row):
            events += r.deltas(place, [] if piece is None else [piece])
    events += [a.block_stop(r.first + n) for n in range(len(r.calls))]
    x.stream(*events, a.end("tool_use"), a.stop())


@scenario
def tools_same_ids(x, calls="", text=None, id="call_1"):
    """Every call of every round has the same identifier, as local servers give them."""
    if may_call(x.request):
        Round(x, calls, text, same_id=id).stream()
    else:
        normal(x)


@scenario
def tools_bad_json(x, calls="", json='{"location": "Par', text=None):
    """Arguments that are no JSON (`json`), in a block that ended: for the last of the calls."""
    if not may_call(x.request):
        normal(x)
        return
    r = Round(x, calls, text)
    last = r.calls[-1]
    r.stream(lambda call: ["", json] if call is last else call.pieces())


@scenario
def tools_unknown(x, calls="no_such_tool", text=None):
    """Calls what nobody offered."""
    if may_call(x.request):
        Round(x, calls, text, known=False).stream()
    else:
        normal(x)


@scenario
def tools_empty(x, calls="", text=None, pieces="1"):
    """No arguments: one empty piece for each call, or as many as `pieces` says."""
    if may_call(x.request):
        Round(x, calls, text).stream(lambda call: [""] * int(pieces))
    else:
        normal(x)


@scenario
def tools_then_max_tokens(x, calls="", text=None):
    """Cut at max_tokens in the arguments of the last call; those before it are whole.

    Where one call is named, it is whole, and it is the same once more that is cut.
    """
    a, r = x.answer, Round(x, calls, text)
    if len(r.calls) == 1:
        r.calls.append(Call(r.calls[0].name, '{"location": "Paris"}', new_id()))
    events = r.ahead()
    for place in range(len(r.calls) - 1):
        events += r.call_events(place)
    last = r.calls[-1].pieces()
    events += r.call_events(len(r.calls) - 1, last[:-1] or last, ends=False)
    x.stream(*events, a.end("max_tokens"), a.stop())


def breaking(function):
    """Enters a scenario for each way in which a stream breaks, whose name stands ahead."""
    for way in ("cut", "eof", "error", "stall"):
        _enter_broken(way, function)
    return function


def _enter_broken(way, function):
    @functools.wraps(function)
    def broken(x, **parameters):
        x.break_off(way, function(x, **parameters))

    broken.__name__ = f"{way}_{function.__name__}"
    scenario(broken)


@breaking
def thinking(x):
    """In the middle of thinking, before a word."""
    a = x.answer
    return [a.start(), *thinking_events(x, "Let me think.")[:2]]


@breaking
def tool(x, calls="", whole="0"):
    """In the middle of a call's arguments, before a word; with `whole` behind all the calls."""
    r = Round(x, calls, text="")
    if int(whole):
        return r.events()[:-2]
    return [*r.ahead(), *r.call_events(0, ["", '{"locati'], ends=False)]
