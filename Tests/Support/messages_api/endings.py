"""Scenarios of what a model may send: every stop reason, and blocks beside text."""

from . import wire
from .scenarios import scenario

TOOL = {
    "type": "tool_use", "id": "toolu_test1", "name": "get_weather",
    "caller": {"type": "direct"}, "input": {},
}  # fmt: skip


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


def tool_deltas(a, pieces):
    """A tool call's block without its end."""
    return [
        a.block_start(1, TOOL),
        *(a.block_delta({"type": "input_json_delta", "partial_json": p}, 1) for p in pieces),
    ]


@scenario
def tool_use(x):
    """A tool call behind some text."""
    a = x.answer
    call = tool_deltas(a, ["", '{"locati', 'on": "P', "ar", 'is"}'])
    x.stream(a.start(), *a.block(), *call, a.block_stop(1), a.end("tool_use"), a.stop())


@scenario
def tool_cut(x):
    """max_tokens in the middle of a tool call's arguments."""
    a = x.answer
    call = tool_deltas(a, ["", '{"locati'])
    x.stream(a.start(), *a.block(), *call, a.end("max_tokens"), a.stop())


@scenario
def thinking(x, text="Let me think."):
    """A thinking block with its signature ahead of the text, which is block 1."""
    a = x.answer
    x.stream(
        a.start(),
        a.block_start(0, {"type": "thinking", "thinking": "", "signature": ""}),
        *([a.block_delta({"type": "thinking_delta", "thinking": text})] if text else []),
        a.block_delta({"type": "signature_delta", "signature": "c2lnbmF0dXJl"}),
        a.block_stop(),
        a.block_start(1),
        *a.deltas(1),
        a.block_stop(1),
        a.end(),
        a.stop(),
    )


@scenario
def empty_thinking_first(x):
    """The same without a word of thinking."""
    thinking(x, "")


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
