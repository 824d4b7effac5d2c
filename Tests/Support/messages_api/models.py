"""`GET /v1/models`, in the shapes that servers give."""

from .refusal import Refusal

MODELS = [
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-opus-4-8",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
]
MAX_TOKENS = 128_000
CONTEXT_TOKENS = 1_000_000


def answer(path, query, options):
    """What stands under a path below `/v1/models`."""
    if path == "/v1/models":
        return openai_list() if options.openai_models else page(query, options)
    name = path.removeprefix("/v1/models/")
    if name not in MODELS:
        raise Refusal(f"model: {name}", 404)
    return openai_model(name) if options.openai_models else info(name, options.context)


def info(name, context=None):
    """A model as Anthropic describes it."""
    context = context or CONTEXT_TOKENS
    return {
        "type": "model", "id": name, "display_name": name.replace("-", " ").title(),
        "created_at": "2026-09-22T00:00:00Z", "max_input_tokens": context,
        "max_tokens": min(MAX_TOKENS, context), "lifecycle": "active",
    }  # fmt: skip


def openai_model(name):
    """A model as OpenAI and local servers describe it."""
    return {"id": name, "object": "model", "created": 1790000000, "owned_by": "library"}


def openai_list():
    """All of them, as local servers list them."""
    return {"object": "list", "data": [openai_model(name) for name in MODELS]}


def page(query, options):
    """A page of the list of models."""
    limit = int(query.get("limit", 20))
    if not 1 <= limit <= 1000:
        raise Refusal("limit: Input should be between 1 and 1000")
    limit = min(limit, options.models_page or limit)
    names = MODELS
    if "after_id" in query and "before_id" in query:
        raise Refusal("before_id and after_id cannot be used together")
    if "before_id" in query:
        names = names[: _place(query["before_id"])]
        found, has_more = names[-limit:], len(names) > limit
    else:
        names = names[_place(query["after_id"]) + 1 :] if "after_id" in query else names
        found, has_more = names[:limit], len(names) > limit
    return {
        "data": [info(name, options.context) for name in found], "has_more": has_more,
        "first_id": found[0] if found else None, "last_id": found[-1] if found else None,
    }  # fmt: skip


def _place(name):
    if name not in MODELS:
        raise Refusal(f"model: {name}", 404)
    return MODELS.index(name)
