"""The bytes of a streamed answer, event by event, as the API writes them."""

import itertools
import json
import re

_numbers = itertools.count(1)

ACTOR = re.compile(r'<actor id="([^"]*)">.*?</actor>', re.DOTALL)
# A piece of an answer is this many characters long, so that an answer comes in several.
PIECE = 12


def event(name, data, ascii_only=False):
    """One server-sent event."""
    text = data
    if not isinstance(data, str):
        text = json.dumps(data, ensure_ascii=ascii_only, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


def typed(kind, ascii_only=False, **fields):
    """An event whose name is its data's type, as all of the API's are."""
    return event(kind, {"type": kind, **fields}, ascii_only)


def echo(text, results=()):
    """The answer to a user's text: what it said, and which actors spoke. The same every time.

    In a tool loop also what the last round's tools gave.
    """
    actors = ACTOR.findall(text)
    own = ACTOR.sub("", text).strip()
    told = f" Results: {' | '.join(results)}." if results else ""
    return f"You said: {own[:200]}. Actors: {', '.join(actors) or 'none'}.{told} Grüße 🙂"


def pieces(text):
    """The text in short pieces, cut between code points, in the middle of characters too."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


class Answer:
    """Builds the events of one answer."""

    def __init__(self, request, text, usage):
        self.model = request["model"]
        self.text = text
        self.usage = usage
        self.output_tokens = len(pieces(text or "")) + 1
        self.id = f"msg_test{next(_numbers):08d}"

    def start(self, **changes):
        """`message_start`; `changes` replaces fields of its message, None takes one out."""
        message = {
            "id": self.id, "type": "message", "role": "assistant", "content": [],
            "model": self.model, "stop_reason": None, "stop_sequence": None,
            "usage": self.usage | {"output_tokens": 1},
        }  # fmt: skip
        message.update(changes)
        kept = {k: v for k, v in message.items() if v is not None or k.startswith("stop_")}
        return typed("message_start", message=kept)

    def block_start(self, index=0, block=None):
        """`content_block_start`, of an empty text block unless another is given."""
        return typed(
            "content_block_start", index=index, content_block=block or {"type": "text", "text": ""}
        )

    def delta(self, text, index=0, ascii_only=False):
        """A piece of text."""
        return self.block_delta({"type": "text_delta", "text": text}, index, ascii_only)

    def block_delta(self, delta, index=0, ascii_only=False):
        """Any piece of a block."""
        return typed("content_block_delta", ascii_only, index=index, delta=delta)

    def block_stop(self, index=0):
        """`content_block_stop`."""
        return typed("content_block_stop", index=index)

    def end(self, reason="end_turn", **fields):
        """`message_delta` with the stop reason; `fields` go into its delta."""
        return typed(
            "message_delta",
            delta={"stop_reason": reason, "stop_sequence": None, **fields},
            usage={"output_tokens": self.output_tokens},
        )

    def stop(self):
        """`message_stop`."""
        return typed("message_stop")

    def deltas(self, index=0, ascii_only=False):
        """The text in pieces."""
        return [self.delta(piece, index, ascii_only) for piece in pieces(self.text)]

    def block(self):
        """The text as one whole block."""
        return [self.block_start(), *self.deltas(), self.block_stop()]

    def events(self, reason="end_turn", **fields):
        """The whole answer."""
        return [self.start(), *self.block(), self.end(reason, **fields), self.stop()]

    def whole(self):
        """The answer as one JSON, for a request that does not stream."""
        return {
            "id": self.id, "type": "message", "role": "assistant", "model": self.model,
            "content": [{"type": "text", "text": self.text}],
            "stop_reason": "end_turn", "stop_sequence": None,
            "usage": self.usage | {"output_tokens": self.output_tokens},
        }  # fmt: skip


def error(kind="overloaded_error", message="Overloaded", code=None):
    """The event that ends a stream which failed after its status was sent."""
    details = {"error_code": code} if code else None
    return typed("error", error={"details": details, "type": kind, "message": message})


PING = event("ping", '{"type": "ping"}')
