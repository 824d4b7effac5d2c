"""The JSON Schemas of `children/schema`, compiled once, for all tests that speak the protocol."""

import functools
import glob
import json
import os

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.path.dirname(os.path.dirname(HERE)), "children", "schema")
END_CHARACTERS = 100  # of an error's words, from their beginning and from their end


class Breach(ValueError):
    """A value is not as its schema says: the words name the schema, the place and the rule."""


@functools.cache
def documents():
    """Each schema by the name of its file, which is its `$id`."""
    found = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.schema.json"))):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)] = json.load(file)
    return found


@functools.cache
def registry():
    """What `$ref`s are looked up in; nothing is fetched from anywhere."""
    return Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in documents().items()).crawl()


@functools.cache
def validator(reference):
    """The validator of `from-child.schema.json` or `from-child.schema.json#/$defs/log`."""
    return Draft202012Validator({"$ref": reference}, registry=registry())


def check(value, reference):
    """Raises a Breach unless the value is as the schema says."""
    compiled = validator(reference)
    if compiled.is_valid(value):
        return
    error = best_match(compiled.iter_errors(value))
    words = error.message
    if len(words) > 2 * END_CHARACTERS:  # it repeats the value, which may be a megabyte
        words = f"{words[:END_CHARACTERS]} … {words[-END_CHARACTERS:]}"
    raise Breach(f"{reference}: {error.json_path}: {words}")


def result_schema(side, method):
    """The schema of what `side`, `chatd` or `child`, answers to a method; None: there is none."""
    name = "result_of_" + method.replace("/", "_")
    document = f"from-{side}.schema.json"
    return f"{document}#/$defs/{name}" if name in documents()[document]["$defs"] else None


def check_frame(frame, side, methods=None):
    """Raises a Breach unless `side` may write this frame. `methods` has what was asked, by id."""
    check(frame, f"from-{side}.schema.json")
    if "result" in frame and methods and frame["id"] in methods:
        if reference := result_schema(side, methods[frame["id"]]):
            check(frame["result"], reference)
