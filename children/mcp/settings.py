"""What `[config]` of the manifest says about the MCP server, checked."""

import os
import types


class Failure(Exception):
    """Why something could not be done, in words for people; `code` is JSON-RPC's."""

    def __init__(self, message, code=-32000):
        super().__init__(message[:2000])
        self.code = code


class Misconfigured(Failure):
    """The manifest has to be changed before another start can succeed."""


def is_text(value):
    """Whether a value can be handed to a program."""
    return isinstance(value, str) and "\0" not in value


def is_command(value):
    """Whether a value names a program, and arguments perhaps."""
    return isinstance(value, list) and all(map(is_text, value)) and any(value[:1])


def is_environment(value):
    """Whether a value is a table of variables."""
    return isinstance(value, dict) and all(map(is_text, [*value, *value.values()])) and all(
        name and "=" not in name for name in value)


def is_timeout(value):
    """Whether a value is a time in milliseconds, of a day at most."""
    return type(value) is int and 1 <= value <= 86_400_000


KEYS = {  # the default of each, whether a value will do, and what is expected
    "command": (None, is_command, 'a list of strings, such as ["mcp-server-time"]'),
    "env": ({}, is_environment, 'a table of strings, such as { NAME = "value" }'),
    "cwd": (".", is_text, "the path of a folder"),
    "start_timeout_ms": (25_000, is_timeout, "1 to 86400000"),
    "call_timeout_ms": (60_000, is_timeout, "1 to 86400000"),
    "call_timeout_max_ms": (600_000, is_timeout, "1 to 86400000"),
}


def read(config):
    """The settings, each under its name; raises Misconfigured, which names the key."""
    for key in config:
        if key not in KEYS:
            raise Misconfigured(f"[config] {key} is not known: there are {', '.join(KEYS)}")
    settings = types.SimpleNamespace()
    for key, (default, is_right, expected) in KEYS.items():
        value = config.get(key, default)
        if not is_right(value):
            found = "is not one" if key in config else "is missing"
            raise Misconfigured(f"[config] {key} {found}: expected {expected}")
        setattr(settings, key, value)
    settings.cwd = os.path.abspath(os.path.expanduser(settings.cwd))
    if not os.path.isdir(settings.cwd):
        raise Misconfigured(f"[config] cwd: there is no folder {settings.cwd}")
    return settings
