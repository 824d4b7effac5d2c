"""What may stand in `tools` and in `tool_choice`."""

import re

from .content import blocks
from .refusal import Refusal

NAME = "^[a-zA-Z0-9_-]{1,64}$"
KEY = "^[a-zA-Z0-9_.-]{1,64}$"
FIELDS = {
    "type", "name", "description", "input_schema", "cache_control", "strict",
    "eager_input_streaming", "input_examples", "defer_loading", "allowed_callers",
}  # fmt: skip
CHOICES = {"auto", "any", "tool", "none"}

TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
SCHEMAS = (
    "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
NAMED_SCHEMAS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")
LISTED_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
NUMBERS = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")
COUNTS = (
    "maxContains", "maxItems", "maxLength", "maxProperties", "minContains", "minItems",
    "minLength", "minProperties",
)  # fmt: skip
TEXTS = ("$id", "$ref", "$schema", "description", "format", "pattern", "title")
FLAGS = ("deprecated", "readOnly", "uniqueItems", "writeOnly")


def check_tools(request):
    """Refuses tools that are not described as the API wants them, and a choice among none."""
    names = set()
    for index, tool in enumerate(request.get("tools", [])):
        name = tool.get("name", "") if isinstance(tool, dict) else ""
        if not isinstance(name, str) or not re.fullmatch(NAME.strip("^$"), name):
            raise Refusal(f"tools.{index}.custom.name: String should match pattern '{NAME}'")
        if name in names:
            raise Refusal("tools: Tool names must be unique.")
        names.add(name)
        _check_tool(tool, f"tools.{index}.custom")
    _check_choice(request)


def _check_tool(tool, where):
    if tool.get("type", "custom") != "custom":
        raise Refusal(f"{where}.type: Input should be 'custom'")
    for field in tool:
        if field not in FIELDS:
            raise Refusal(f"{where}.{field}: Extra inputs are not permitted")
    if not isinstance(tool.get("description", ""), str):
        raise Refusal(f"{where}.description: Input should be a valid string")
    schema, where = tool.get("input_schema"), f"{where}.input_schema"
    if not isinstance(schema, dict):
        raise Refusal(f"{where}.type: Field required")
    if schema.get("type") != "object":
        missing = "type" not in schema
        raise Refusal(f"{where}.type: {'Field required' if missing else _should_be_object()}")
    if any(field in schema for field in ("oneOf", "allOf", "anyOf")):
        raise Refusal(
            f"{where}: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )
    if not is_schema(schema):
        raise Refusal(
            f"{where}: JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            "(https://json-schema.org/draft/2020-12)."
        )
    for key in schema.get("properties", {}):
        if not re.fullmatch(KEY.strip("^$"), key):
            raise Refusal(f"{where}.properties: Property keys should match pattern '{KEY}'")


def _should_be_object():
    return "Input should be 'object'"


def is_schema(schema):
    """Whether a value is a JSON schema, by the keywords that tools use."""
    if isinstance(schema, bool):
        return True
    return isinstance(schema, dict) and all(_is_good(key, schema[key]) for key in schema)


def _is_good(key, value):
    if key == "type":
        kinds = value if isinstance(value, list) else [value]
        return bool(kinds) and all(isinstance(k, str) and k in TYPES for k in kinds)
    if key in SCHEMAS:
        return is_schema(value)
    if key in NAMED_SCHEMAS:
        return isinstance(value, dict) and all(map(is_schema, value.values()))
    if key in LISTED_SCHEMAS:
        return isinstance(value, list) and bool(value) and all(map(is_schema, value))
    if key in NUMBERS:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if key in COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if key in TEXTS:
        return isinstance(value, str)
    if key in FLAGS:
        return isinstance(value, bool)
    if key == "required":
        # A list with a name twice is none either.
        texts = isinstance(value, list) and all(isinstance(name, str) for name in value)
        return texts and len(set(value)) == len(value)
    return key != "enum" or isinstance(value, list)


def _check_choice(request):
    if "tool_choice" not in request:
        return
    choice = request["tool_choice"]
    kind = choice.get("type")
    if not isinstance(kind, str) or kind not in CHOICES:
        raise Refusal("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
    if kind in ("any", "tool"):
        raise Refusal('tool_choice: type "tool" and "any" are not supported for this model')
    allowed = {"type"} | ({"disable_parallel_tool_use"} if kind != "none" else set())
    for field in choice:
        if field not in allowed:
            raise Refusal(f"tool_choice.{kind}.{field}: Extra inputs are not permitted")
    if not request.get("tools"):
        raise Refusal("tool_choice may only be specified while providing tools.")


def check_use(request):
    """What the history calls has to be there: gateways in front of the API refuse it otherwise."""
    names = {tool["name"] for tool in request.get("tools", [])}
    for index, message in enumerate(request["messages"]):
        for place, block in enumerate(blocks(message)):
            if block["type"] not in ("tool_use", "tool_result"):
                continue
            if not names:
                raise Refusal(
                    "Requests which include `tool_use` or `tool_result` blocks must define tools"
                )
            if block["type"] == "tool_use" and block["name"] not in names:
                raise Refusal(
                    f"messages.{index}.content.{place}: `tool_use` names a tool that `tools` "
                    f"does not define: {block['name']}"
                )
