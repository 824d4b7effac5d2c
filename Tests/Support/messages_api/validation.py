"""What the API accepts. Anything else raises `Refusal` with the API's words, as far as known.

The checks come in this order: headers, JSON, required fields, model, unknown fields, limits, roles,
content, tools, pairing, breakpoints, signatures, length. What depends on the server's options comes
as `terms`, which is the server.
"""

import json

from .cache import check_breakpoints, marked
from .content import check_content, check_pairing
from .models import MAX_TOKENS, MODELS
from .prefix import content_text, count_tokens
from .refusal import Refusal
from .signatures import check_signatures
from .tools import check_tools, check_use

KEY = "test-key"
NEWEST_VERSION = "2026-10-21"
VERSIONS = {"2023-06-01", NEWEST_VERSION}
BYTE_LIMIT = 32 << 20

SAMPLING = ("temperature", "top_p", "top_k")
COMMON = {
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
}
FIELDS = COMMON | {
    "max_tokens", "stream", "stop_sequences", "metadata", "service_tier", "container",
    "inference_geo", "speed", "diagnostics",
}  # fmt: skip


def check_headers(headers, needs_key=True):
    """Refuses a request by its headers alone; returns the API version it asks for."""
    key = headers.get("x-api-key")
    bearer = headers.get("authorization")
    if not needs_key:
        return headers.get("anthropic-version", NEWEST_VERSION)
    if key is None and bearer is None:
        raise Refusal("x-api-key header is required", 401)
    # With both present the API goes by x-api-key.
    if key is not None and key != KEY:
        raise Refusal("invalid x-api-key", 401)
    if key is None and bearer != f"Bearer {KEY}":
        raise Refusal("invalid bearer token", 401)
    version = headers.get("anthropic-version")
    if version is None:
        raise Refusal("anthropic-version: header is required")
    if version not in VERSIONS:
        raise Refusal(f'anthropic-version: "{version}" is not a valid version')
    return version


def check_content_type(headers):
    """A body has to be announced as JSON."""
    kind = headers.get("content-type", "")
    if kind.split(";")[0].strip().lower() != "application/json":
        raise Refusal(f'content-type: expected "application/json", got "{kind}"')


def parse(body):
    """The JSON of a body, which has to be an object of valid Unicode."""
    try:
        text = body.decode("utf-8")
        request = json.loads(text, parse_constant=_no_constant)
        # A lone surrogate passes json.loads but is no Unicode text.
        json.dumps(request, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        place = error.start + 1
        raise Refusal(
            "The request body is not valid JSON: no low surrogate in string: "
            f"line 1 column {place} (char {place - 1})"
        ) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Refusal(f"The request body is not valid JSON: {error}") from error
    if not isinstance(request, dict):
        raise Refusal("Input should be a valid dictionary")
    return request


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def check_create(request, version, terms):
    """Refuses a body of `POST /v1/messages`."""
    _check_common(request, FIELDS, version, terms, required=("model", "max_tokens", "messages"))
    _check_length(request, terms.context)


def check_count(request, version, terms):
    """Refuses a body of `POST /v1/messages/count_tokens`."""
    _check_common(request, COMMON, version, terms, required=("model", "messages"))


def _check_common(request, allowed, version, terms, required):
    for field in required:
        if field not in request:
            raise Refusal(f"{field}: Field required")
    _check_model(request["model"])
    known = allowed | (set(SAMPLING) if version != NEWEST_VERSION else set())
    for field in request:
        if field not in known:
            raise Refusal(f"{field}: Extra inputs are not permitted")
    if "max_tokens" in request:
        _check_max_tokens(request)
    _check_kinds(request)
    _check_messages(request["messages"], terms)
    _check_system(request.get("system"))
    _check_lacks(request, terms)
    check_tools(request)
    check_pairing(request["messages"])
    check_use(request)
    check_breakpoints(request)
    check_signatures(request)


def _check_model(model):
    if not isinstance(model, str) or not model:
        raise Refusal("model: Input should be a valid string")
    if model not in MODELS:
        raise Refusal(f"model: {model}", 404)


def _check_max_tokens(request):
    limit = request["max_tokens"]
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise Refusal("max_tokens: Input should be a valid integer")
    if limit < 0 or (limit == 0 and request.get("stream")):
        raise Refusal("max_tokens: Input should be greater than or equal to 1")
    if limit > MAX_TOKENS:
        raise Refusal(
            f"max_tokens: {limit} > {MAX_TOKENS}, which is the maximum allowed number of output "
            f"tokens for {request['model']}"
        )


def _check_kinds(request):
    kinds = {
        "stream": (bool, "boolean"), "stop_sequences": (list, "list"),
        "metadata": (dict, "dictionary"), "thinking": (dict, "dictionary"),
        "output_config": (dict, "dictionary"),
        "cache_control": (dict, "dictionary"), "tool_choice": (dict, "dictionary"),
        "tools": (list, "list"), "messages": (list, "list"),
    }  # fmt: skip
    for field, (kind, name) in kinds.items():
        if field in request and not isinstance(request[field], kind):
            raise Refusal(f"{field}: Input should be a valid {name}")


def _check_messages(messages, terms):
    if not messages:
        raise Refusal("messages: at least one message is required")
    if len(messages) > 100_000:
        raise Refusal("messages: List should have at most 100000 items")
    before = None
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise Refusal(f"messages.{index}: Input should be a valid dictionary")
        role = message.get("role")
        if role == "system":
            raise Refusal("role 'system' is not supported on this model")
        if role not in ("user", "assistant"):
            raise Refusal(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        if index == 0 and role != "user":
            raise Refusal('messages: first message must use the "user" role')
        if terms.strict_roles and role == before:
            raise Refusal(
                'messages: roles must alternate between "user" and "assistant", but found '
                f'multiple "{role}" roles in a row'
            )
        for field in message:
            if field not in ("role", "content"):
                raise Refusal(f"messages.{index}.{field}: Extra inputs are not permitted")
        before = role
        check_content(message, index)
    # What paused is gone on with by sending it back as it came; nothing else is to be finished.
    if before == "assistant" and content_text(messages[-1]) not in terms.paused:
        raise Refusal(
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )


def _check_system(system):
    if system is None or (isinstance(system, str) and system.strip()):
        return
    if isinstance(system, list) and all(
        isinstance(b, dict)
        and b.get("type") == "text"
        and isinstance(b.get("text"), str)
        and b["text"].strip()
        for b in system
    ):
        return
    raise Refusal("system: text content blocks must be non-empty")


def _check_lacks(request, terms):
    """Refuses what a server does not know that has only a part of the API."""
    found = [where for where, _ in marked(request)] if "cache_control" in terms.lacks else []
    if "tool_choice" in terms.lacks and "tool_choice" in request:
        found.append("tool_choice")
    if found:
        raise Refusal(
            "invalid request" if terms.vague else f"{found[0]}: Extra inputs are not permitted"
        )


def _check_length(request, context):
    """Refuses what is longer than the model can read, or leaves no room for its answer."""
    if context is None:
        return
    length, room = count_tokens(request), request["max_tokens"]
    if length > context:
        raise Refusal(f"prompt is too long: {length} tokens > {context} maximum")
    if length + room > context:
        raise Refusal(
            f"input length and `max_tokens` exceed context limit: {length} + {room} > {context}, "
            "decrease input length or `max_tokens` and try again"
        )
