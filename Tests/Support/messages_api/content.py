"""What may stand in a message: its blocks, and tool calls with their results."""

from .refusal import Refusal

BLOCKS = {
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use", "fallback", "compaction"},
}


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
        _check_block(block, message["role"], f"messages.{index}.content.{place}")


def blocks(message):
    """The blocks of a message; a string is one text block."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _check_block(block, role, where):
    kind = block.get("type") if isinstance(block, dict) else None
    if kind is None:
        raise Refusal(f"{where}.type: Field required")
    if kind not in BLOCKS[role]:
        raise Refusal(
            f"{where}: Input tag '{kind}' found using 'type' does not match any of the "
            "expected tags"
        )
    if kind == "text":
        text = block.get("text")
        if not isinstance(text, str):
            raise Refusal(f"{where}.text: Field required")
        if not text:
            raise Refusal("messages: text content blocks must be non-empty")
        if not text.strip():
            raise Refusal("messages: text content blocks must contain non-whitespace text")
        if role == "user" and block.get("citations"):
            raise Refusal(f"{where}.citations: Extra inputs are not permitted")
    if kind == "tool_use" and not (
        isinstance(block.get("input"), dict) and block.get("id") and block.get("name")
    ):
        raise Refusal(f"{where}: tool_use needs an id, a name and an input object")
    if kind == "tool_result" and not block.get("tool_use_id"):
        raise Refusal(f"{where}.tool_use_id: Field required")


def check_pairing(messages):
    """Every tool call is answered in the next message, and nothing else is answered."""
    asked = []
    for index, message in enumerate(messages):
        found = blocks(message)
        results = [b["tool_use_id"] for b in found if b["type"] == "tool_result"]
        for place, block in enumerate(found):
            if block["type"] == "tool_result" and block["tool_use_id"] not in asked:
                raise Refusal(
                    f"messages.{index}.content.{place}: unexpected `tool_use_id` found in "
                    f"`tool_result` blocks: {block['tool_use_id']}. Each `tool_result` block must "
                    "have a corresponding `tool_use` block in the previous message."
                )
        _refuse_unanswered(index - 1, [call for call in asked if call not in results])
        asked = [b["id"] for b in found if b["type"] == "tool_use"]
    _refuse_unanswered(len(messages) - 1, asked)


def _refuse_unanswered(index, calls):
    if calls:
        raise Refusal(
            f"messages.{index}: `tool_use` ids were found without `tool_result` blocks "
            f"immediately after: {', '.join(calls)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message."
        )


def last_user_text(request):
    """All text of the last message."""
    return "\n\n".join(b["text"] for b in blocks(request["messages"][-1]) if b["type"] == "text")
