"""What may stand in a message: its blocks, and tool calls with their results."""

import base64
import binascii
import re

from .refusal import Refusal

BLOCKS = {
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use", "fallback", "compaction"},
}
# The fields of a block beside its type; kinds that are only to be sent back may have any.
FIELDS = {
    "text": {"text", "citations", "cache_control"},
    "image": {"source", "cache_control"},
    "document": {"source", "title", "context", "citations", "cache_control"},
    "tool_result": {"tool_use_id", "content", "is_error", "cache_control"},
    "thinking": {"thinking", "signature"},
    "redacted_thinking": {"data"},
    "tool_use": {"id", "name", "input", "caller", "cache_control"},
}
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
IMAGE_BYTES = 5 << 20


def check_content(message, index):
    """Refuses a message by its content."""
    content = message.get("content")
    if content is None:
        raise Refusal(f"messages.{index}.content: Field required")
    if not isinstance(content, (str, list)):
        raise Refusal(f"messages.{index}.content: Input should be a valid string or list")
    if not content:
        raise Refusal(
            f"messages.{index}: all messages must have non-empty content except for the optional "
            "final assistant message"
        )
    for place, block in enumerate(blocks(message)):
        _check_block(block, BLOCKS[message["role"]], f"messages.{index}.content.{place}")
        if message["role"] == "user" and block.get("citations") and block["type"] == "text":
            where = f"messages.{index}.content.{place}"
            raise Refusal(f"{where}.citations: Extra inputs are not permitted")


def blocks(message):
    """The blocks of a message; a string is one text block."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _check_block(block, kinds, where):
    kind = block.get("type") if isinstance(block, dict) else None
    if kind is None:
        raise Refusal(f"{where}.type: Field required")
    if kind not in kinds:
        raise Refusal(
            f"{where}: Input tag '{kind}' found using 'type' does not match any of the "
            "expected tags"
        )
    for field in block:
        if field not in FIELDS.get(kind, block) and field != "type":
            raise Refusal(f"{where}.{kind}.{field}: Extra inputs are not permitted")
    CHECKS.get(kind, lambda *_: None)(block, where)


def _check_text(block, where):
    text = block.get("text")
    if not isinstance(text, str):
        raise Refusal(f"{where}.text: Field required")
    if not text:
        raise Refusal("messages: text content blocks must be non-empty")
    if not text.strip():
        raise Refusal("messages: text content blocks must contain non-whitespace text")


def _check_call(block, where):
    if not (isinstance(block.get("input"), dict) and block.get("id") and block.get("name")):
        raise Refusal(f"{where}: tool_use needs an id, a name and an input object")
    for field, pattern in (("id", "^[a-zA-Z0-9_-]+$"), ("name", "^[a-zA-Z0-9_-]{1,64}$")):
        if not re.fullmatch(pattern.strip("^$"), str(block[field])):
            raise Refusal(f"{where}.tool_use.{field}: String should match pattern '{pattern}'")


def _check_result(block, where):
    if not isinstance(block.get("tool_use_id"), str) or not block["tool_use_id"]:
        raise Refusal(f"{where}.tool_use_id: Field required")
    if not isinstance(block.get("is_error", False), bool):
        raise Refusal(f"{where}.tool_result.is_error: Input should be a valid boolean")
    content = block.get("content", "")
    if not isinstance(content, (str, list)):
        raise Refusal(f"{where}.tool_result.content: Input should be a valid string or list")
    if isinstance(content, list):
        for place, part in enumerate(content):
            inside = f"{where}.tool_result.content.{place}"
            _check_block(part, {"text", "image", "document"}, inside)
    if not block.get("is_error"):
        return
    if not content:
        raise Refusal(f"{where}.tool_result: content cannot be empty if `is_error` is true")
    if isinstance(content, list) and any(part["type"] != "text" for part in content):
        raise Refusal(
            f"{where}.tool_result: all content must be type `text` if `is_error` is true"
        )


def _check_image(block, where):
    source = block.get("source")
    if not isinstance(source, dict) or source.get("type") not in ("base64", "url", "file"):
        raise Refusal(f"{where}.image.source.type: Input should be 'base64', 'url' or 'file'")
    if source["type"] != "base64":
        return
    where = f"{where}.image.source.base64"
    if source.get("media_type") not in IMAGES:
        known = ", ".join(f"'{kind}'" for kind in IMAGES)
        raise Refusal(f"{where}.media_type: Input should be {known}")
    try:
        data = base64.b64decode(source.get("data") or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        data = b""
    if not data:
        raise Refusal(f"{where}.data: invalid base64 data")
    if len(source["data"]) > IMAGE_BYTES:
        raise Refusal(
            f"{where}: image exceeds 5 MB maximum: {len(source['data'])} bytes > "
            f"{IMAGE_BYTES} bytes"
        )


def _need(*fields):
    def check(block, where):
        for field in fields:
            if not isinstance(block.get(field), str):
                raise Refusal(f"{where}.{block['type']}.{field}: Field required")

    return check


CHECKS = {
    "text": _check_text, "tool_use": _check_call, "tool_result": _check_result,
    "image": _check_image, "thinking": _need("thinking", "signature"),
    "redacted_thinking": _need("data"), "compaction": _need("content"),
}  # fmt: skip


def check_pairing(messages):
    """Every tool call is answered at the start of the next message, and nothing else is."""
    asked, seen = [], set()
    for index, message in enumerate(messages):
        found = blocks(message)
        _check_results(found, asked, index)
        asked = []
        for place, block in enumerate(found):
            if block["type"] != "tool_use":
                continue
            if block["id"] in seen:
                raise Refusal(f"messages.{index}.content.{place}: `tool_use` ids must be unique")
            seen.add(block["id"])
            asked.append(block["id"])
    _refuse_unanswered(len(messages) - 1, asked)


def _check_results(found, asked, index):
    """Holds the results in a message against the calls of the one before it."""
    answered, is_start = [], True
    for place, block in enumerate(found):
        if block["type"] != "tool_result":
            is_start = False
            continue
        call = block["tool_use_id"]
        if call not in asked:
            raise Refusal(
                f"messages.{index}.content.{place}: unexpected `tool_use_id` found in "
                f"`tool_result` blocks: {call}. Each `tool_result` block must "
                "have a corresponding `tool_use` block in the previous message."
            )
        if call in answered:
            raise Refusal(
                f"messages.{index}.content.{place}: each tool_use must have a single result. "
                f"Found multiple `tool_result` blocks with id: {call}"
            )
        # Behind something else it is none: that is how the API sees it.
        if is_start:
            answered.append(call)
    _refuse_unanswered(index - 1, [call for call in asked if call not in answered])


def _refuse_unanswered(index, calls):
    if calls:
        raise Refusal(
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks "
            f"immediately after: {', '.join(calls)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message."
        )


def text_of(message):
    """All text of a message, without what stands in results."""
    return "\n\n".join(b["text"] for b in blocks(message) if b["type"] == "text")


def last_user_text(request):
    """All text of the last message of the user's that has any: in a tool loop, what began it."""
    texts = (text_of(m) for m in reversed(request["messages"]) if m["role"] == "user")
    return next((text for text in texts if text), "")


def last_results(request):
    """The results at the start of the last message, each as its text."""
    found = (b for b in blocks(request["messages"][-1]) if b["type"] == "tool_result")
    return [_result_text(block) for block in found]


def _result_text(block):
    content = block.get("content", "")
    if isinstance(content, list):
        content = " ".join(part.get("text", f"[{part['type']}]") for part in content)
    return f"error {content}" if block.get("is_error") else content
