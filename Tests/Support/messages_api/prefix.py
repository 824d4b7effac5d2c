"""A request as the model reads it: part by part, in the order in which prompts are cached.

Tools come first, then the system prompt, then the messages. What marks a breakpoint is no part of
a text: a part is the same with and without it.
"""

import hashlib
import json
from dataclasses import dataclass

from .content import blocks


@dataclass(frozen=True)
class Part:
    """A tool or a block: what tells it from any other, and where a breakpoint stands, its life."""

    text: str
    ttl: str | None = None

    @property
    def size(self):
        """Bytes."""
        return len(self.text.encode())


def canonical(value):
    """A block or a tool as text: the same for the same, whatever the order of its own fields."""
    kept = {name: value[name] for name in sorted(value) if name != "cache_control"}
    if isinstance(kept.get("content"), list):
        kept["content"] = [
            {k: v for k, v in part.items() if k != "cache_control"} for part in kept["content"]
        ]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def tool_parts(request):
    """The tools."""
    return [Part("tool" + canonical(tool), _ttl(tool)) for tool in request.get("tools", [])]


def system_parts(request):
    """The system prompt."""
    system = request.get("system") or []
    found = [{"type": "text", "text": system}] if isinstance(system, str) else system
    return [Part("system" + canonical(block), _ttl(block)) for block in found]


def message_parts(messages, without=()):
    """The blocks of messages, but for some kinds."""
    return [
        Part(message["role"] + canonical(block), _ttl(block))
        for message in messages
        for block in blocks(message)
        if block["type"] not in without
    ]


def content_text(message):
    """A message as one text, the same however its content is written."""
    return "\n".join(part.text for part in message_parts([message]))


def _ttl(value):
    """How long what ends here is to be kept: `5m` or `1h`; of a result, its parts count too."""
    marks = [value.get("cache_control")]
    if isinstance(value.get("content"), list):
        marks += [part.get("cache_control") for part in value["content"]]
    return next((mark.get("ttl", "5m") for mark in marks if mark), None)


def choice_text(request):
    """What else the reading of messages depends on: the choice of tools, thinking, any image."""
    choice = request.get("tool_choice", {"type": "auto"})
    has_images = any(map(_is_image, (b for m in request["messages"] for b in blocks(m))))
    return json.dumps([choice, request.get("thinking"), has_images], sort_keys=True)


def _is_image(block):
    content = block.get("content")
    inside = content if isinstance(content, list) else []
    return block["type"] == "image" or any(part["type"] == "image" for part in inside)


def parts_of(request):
    """All parts, and how many of them stand ahead of the messages."""
    ahead = tool_parts(request) + system_parts(request)
    return ahead + message_parts(request["messages"]), len(ahead)


def tokens(size):
    """How many tokens so many bytes count for, here: a quarter, and never none."""
    return size // 4 + 1


def count_tokens(request):
    """The tokens of a request, without those that may answer it."""
    return tokens(sum(part.size for part in parts_of(request)[0]))


def chain(texts, start=b""):
    """For each text the digest of it and all before it."""
    digest = hashlib.sha256(start)
    for text in texts:
        data = text.encode()
        digest.update(b"%d:" % len(data) + data)
        yield digest.digest()
