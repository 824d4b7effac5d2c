"""What an MCP server says of its tools and their results, made into what chatd may be sent."""

import json
import re

NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}\Z")
DEEPEST = 200  # levels of nesting: chatd reads 256, and a frame adds some
ENVELOPE_BYTES = 1024  # kept free in a frame for all that stands around tools or a result


def encode(value):
    """JSON as chatd takes it; raises ValueError for a number that has none."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode(errors="replace")  # half a surrogate pair is no UTF-8


def depth(value):
    """How many levels of objects and arrays a value has."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0)


def is_sendable(value):
    """Whether chatd can read a value."""
    try:
        encode(value)
        return depth(value) <= DEEPEST
    except (ValueError, RecursionError):
        return False


def flaw(tool, taken):
    """Why a tool can't be offered; None if it can."""
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
        return "it has no name"
    if not NAME.match(tool["name"]):
        return "its name is not made of 1 to 128 letters, digits, '_', '-' and '.'"
    if tool["name"] in taken:
        return "another one has its name"
    schema = tool.get("inputSchema")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return "its inputSchema is not that of an object"
    return None if is_sendable(tool) else "it has numbers or nesting that chatd can't read"


def offered(listed, limit):
    """The tools that can be offered in so many bytes, and for each other one why not, in words."""
    tools, flaws, room = {}, [], limit - ENVELOPE_BYTES
    for tool in listed:
        why = flaw(tool, tools)
        if why is None:
            kept = {"name": tool["name"], "description": tool.get("description"),
                    "inputSchema": tool["inputSchema"]}
            if not isinstance(kept["description"], str):
                kept["description"] = ""
            notes = tool.get("annotations")
            notes = dict(notes) if isinstance(notes, dict) else {}
            if isinstance(tool.get("title"), str):
                notes["title"] = tool["title"]  # MCP says that it goes before the one in there
            if notes:
                kept["annotations"] = notes
            room -= len(encode(kept)) + 1
            if room >= 0:
                tools[tool["name"]] = kept
                continue
            why = "there is no room left for it in a frame"
        name = tool.get("name") if isinstance(tool, dict) else tool
        flaws.append(f"a tool is left out, {str(name)[:80]!r}: {why}")
    return list(tools.values()), flaws


def outcome(result, limit):
    """A tool's result for chatd, cut to so many bytes, with a note; None if it isn't one."""
    content = result.get("content") if isinstance(result, dict) else None
    if not isinstance(content, list) or not is_sendable(result):
        return None
    kept = {"content": content, "isError": result.get("isError") is True}
    if isinstance(result.get("structuredContent"), dict):
        kept["structuredContent"] = result["structuredContent"]
    size = len(encode(kept))
    return kept if size <= limit - ENVELOPE_BYTES else cut(kept, size, limit)


def cut(result, size, limit):
    """What fits of a result's content, in its order, and a last text that says so."""
    room, blocks = limit - 2 * ENVELOPE_BYTES, []
    for block in result["content"]:
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            block = dict(block)
            while (length := len(encode(block)) + 1) > room and block["text"]:
                share = len(block["text"]) * room // length
                block["text"] = block["text"][:max(0, share - 1)]
        room -= len(encode(block)) + 1
        if room < 0:
            break
        blocks.append(block)
    note = f"[cut: the result has {size} bytes, and at most {limit} can be passed on]"
    return {"content": [*blocks, {"type": "text", "text": note}], "isError": result["isError"]}
