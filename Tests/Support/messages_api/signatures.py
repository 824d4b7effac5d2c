"""Thinking that came from here: bound to its model and to the conversation ahead of it.

A block that is sent back is good only if this server could have sent it there: under the same
model, behind the same words, and unchanged. Earlier thinking is no part of these words, so a client
may leave out what it must not send any more.
"""

import base64
import hashlib
import hmac

from .content import blocks
from .prefix import chain, message_parts
from .refusal import Refusal

SECRET = b"thinking of the Messages API server for tests"
THINKING = ("thinking", "redacted_thinking")


def sign(request, thinking=""):
    """The signature of a thinking block in the answer to a request."""
    texts = [part.text for part in message_parts(request["messages"], THINKING)]
    return _signature(request["model"], ([b""] + list(chain(texts)))[-1], thinking)


def check_signatures(request):
    """Refuses thinking that came from another model, stood elsewhere, or was changed."""
    texts = [part.text for part in message_parts(request["messages"], THINKING)]
    digests = [b"", *chain(texts)]
    read = 0
    for index, message in enumerate(request["messages"]):
        # An answer may have begun at any block: one that was gone on with is one message.
        begin = read
        for place, block in enumerate(blocks(message)):
            if block["type"] in THINKING:
                _check(block, request["model"], digests[begin : read + 1], index, place)
            else:
                read += 1


def _check(block, model, digests, index, place):
    field = "signature" if block["type"] == "thinking" else "data"
    good = {_signature(model, digest, block.get("thinking", "")) for digest in digests}
    if block[field] not in good:
        raise Refusal(
            f"messages.{index}.content.{place}: Invalid `{field}` in `{block['type']}` block"
        )


def _signature(model, digest, thinking):
    text = model.encode() + b"\0" + digest + b"\0" + thinking.encode()
    return base64.b64encode(hmac.digest(SECRET, text, hashlib.sha256)).decode()
