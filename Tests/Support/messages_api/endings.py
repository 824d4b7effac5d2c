"""Scenarios of what a model may send: every stop reason, and blocks beside text."""

from . import wire
from .rounds import Round, thinking_events
from .scenarios import scenario
from .signatures import sign


def text_then(x, reason, **fields):
    """An answer that ends with `reason`."""
    x.stream(*x.answer.events(reason, **fields))


def nothing_then(x, reason, **fields):
    """An answer without a word that ends with `reason`."""
    a = x.answer
    a.output_tokens = 0
    x.stream(a.start(), a.block_start(), a.block_stop(), a.end(reason, **fields), a.stop())


def refusal_details(explanation):
    """What comes with the stop reason `refusal`."""
    return {"type": "refusal", "category": "cyber", "explanation": explanation}


@scenario
def refusal(x, explanation=None):
    """A refusal before a word."""
    nothing_then(x, "refusal", stop_details=refusal_details(explanation))


@scenario
def refusal_mid(x):
    """A refusal in the middle of an answer."""
    text_then(x, "refusal", stop_details=refusal_details(None))


@scenario
def max_tokens(x):
    """Cut at max_tokens: the block is never closed."""
    a = x.answer
    x.stream(a.start(), a.block_start(), *a.deltas(), a.end("max_tokens"), a.stop())


@scenario
def max_tokens_empty(x):
    """All of max_tokens gone on thinking."""
    nothing_then(x, "max_tokens")


@scenario
def stop_sequence(x):
    """Ended by a stop sequence."""
    text_then(x, "stop_sequence", stop_sequence="END")


@scenario
def pause_turn(x):
    """A pause that the client may end by sending the answer back."""
    x.pause([{"type": "text", "text": x.answer.text}])
    text_then(x, "pause_turn")


@scenario
def context_exceeded(x):
    """The context window is full."""
    text_then(x, "model_context_window_exceeded")


@scenario
def context_exceeded_empty(x):
    """The context window is full before a word."""
    nothing_then(x, "model_context_window_exceeded")


@scenario
def new_stop_reason(x):
    """A stop reason that a later version may bring."""
    text_then(x, "enough_said")


@scenario
def empty(x):
    """The model has nothing to say."""
    nothing_then(x, "end_turn")


@scenario
def tool_use(x):
    """A tool call behind some text, whether or not that tool is offered."""
    a, r = x.answer, Round(x, "get_weather", known=False)
    call = ["", '{"locati', 'on": "P', "ar", 'is"}']
    x.stream(*r.ahead(), *r.call_events(0, call), a.end("tool_use"), a.stop())


@scenario
def tool_cut(x):
    """max_tokens in the middle of a tool call's arguments."""
    a, r = x.answer, Round(x, "get_weather", known=False)
    call = r.call_events(0, ["", '{"locati'], ends=False)
    x.stream(*r.ahead(), *call, a.end("max_tokens"), a.stop())


def after(x, *block):
    """A block 0, and the text as block 1."""
    a = x.answer
    text = [a.block_start(1), *a.deltas(1), a.block_stop(1)]
    x.stream(a.start(), *block, *text, a.end(), a.stop())


@scenario
def thinking(x, text="Let me think."):
    """A thinking block with its signature ahead of the text, which is block 1."""
    after(x, *thinking_events(x, text))


@scenario
def empty_thinking_first(x):
    """The same without a word of thinking."""
    thinking(x, "")


@scenario
def redacted_thinking(x):
    """Thinking that can't be read, bound to its place like any."""
    a = x.answer
    block = {"type": "redacted_thinking", "data": sign(x.request)}
    after(x, a.block_start(0, block), a.block_stop())


@scenario
def signature_twice(x, text="Let me think."):
    """Two signatures for one block: the second one replaces the first, which is not good."""
    events = thinking_events(x, text)
    wrong = x.answer.block_delta({"type": "signature_delta", "signature": "c2lnbmF0dXJl"})
    after(x, events[0], wrong, *events[1:])


@scenario
def compaction(x, content="What was said before, in short."):
    """A compaction ahead of the text, to be sent back as it came."""
    a = x.answer
    after(
        x,
        a.block_start(0, {"type": "compaction", "content": None}),
        a.block_delta({"type": "compaction_delta", "content": content}),
        a.block_stop(),
    )


@scenario
def fallback(x, to="claude-opus-5"):
    """Another model goes on, which a block says that is to be sent back as it came."""
    a = x.answer
    block = {"type": "fallback", "from": {"model": a.model}, "to": {"model": to}}
    after(x, a.block_start(0, block), a.block_stop())


@scenario
def two_blocks(x):
    """Text in two blocks, the second of which begins with text."""
    a = x.answer
    second = [
        a.block_start(1, {"type": "text", "text": "And "}),
        a.delta("more.", 1),
        a.block_stop(1),
    ]
    x.stream(a.start(), *a.block(), *second, a.end(), a.stop())


@scenario
def unknown_events(x):
    """Events, blocks and deltas that are not known yet, which the versioning policy allows."""
    a = x.answer
    x.stream(
        wire.typed("weather_report", wind={"knots": 7}),
        b"event: not_json\ndata: {{{\n\n",
        b"event: no_data\n\n",
        a.start(),
        a.block_start(0, {"type": "fallback", "model": "claude-opus-5"}),
        a.block_delta({"type": "colour_delta", "colour": "red"}),
        a.block_stop(),
        a.block_start(1),
        *a.deltas(1),
        a.block_stop(1),
        a.end(),
        a.stop(),
    )


@scenario
def usage(x):
    """Usage with cached tokens, told again and counted on at the end."""
    a = x.answer
    cached = {"cache_creation_input_tokens": 20, "cache_read_input_tokens": 300}
    x.stream(
        a.start(usage={"input_tokens": 11, "output_tokens": 1, **cached}),
        *a.block(),
        wire.typed("message_delta", delta={"stop_reason": None}, usage={"output_tokens": 5}),
        wire.typed(
            "message_delta",
            delta={"stop_reason": "end_turn"},
            usage={"input_tokens": 12, "output_tokens": 42},
        ),
        a.stop(),
    )
