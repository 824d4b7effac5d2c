"""What the server does with a good request: `SCENARIOS` has a function for each name.

A scenario is named in the last text of the user's: `scenario:NAME`, with parameters
`scenario:NAME?key=value&…`. `scenario:A,B,C` is one for each attempt with that very text; the
last one stays. So `scenario:529,normal` fails once and then succeeds, whoever else talks to the
server meanwhile, and `scenario:tools?calls=dice__roll:{"sides":6},normal` plays a loop: messages
that hold nothing but results are further attempts. A text that is said again begins anew. A bare
status is a scenario too.

`SCENARIOS.md` lists them all.
"""

import email.utils
import inspect
import re
import time
import urllib.parse

from .refusal import TYPES, Refusal, error_body

NAMED = re.compile(r"scenario:([^\s<]+)")
RETRY_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry")
HTML = "<html>\n<head><title>{0}</title></head>\n<body><h1>{0}</h1>\n<p>nginx</p></body></html>\n"
SCENARIOS = {}


def scenario(function):
    """Enters a function under its name, with hyphens for underscores."""
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def parse(text):
    """The scenarios that a text names, one for each attempt: pairs of a name and its parameters."""
    found = NAMED.search(text)
    return [parse_one(part) for part in _split(found[1])] if found else []


def _split(text):
    """What stands between commas, other than those inside JSON."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{[") - (letter in "}]")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def parse_one(text):
    """A name and its parameters."""
    name, _, query = text.partition("?")
    # A plus between calls, or in their arguments, is no blank.
    query = re.sub(r"(?:^|(?<=&))calls=[^&]*", lambda m: m[0].replace("+", "%2B"), query)
    return name, dict(urllib.parse.parse_qsl(query, keep_blank_values=True))


def run(name, exchange, parameters):
    """Plays a scenario."""
    if name in SCENARIOS:
        given = {k.replace("-", "_"): v for k, v in parameters.items()}
        unknown = given.keys() - inspect.signature(SCENARIOS[name]).parameters
        if unknown:
            raise Refusal(f"scenario: {name} has no parameter {min(unknown)}")
        SCENARIOS[name](exchange, **given)
    elif name.isdigit():
        refuse(exchange, int(name), parameters)
    else:
        refuse(exchange, 500, {"message": f"the test server knows no scenario {name}"})


def refuse(x, status, parameters):
    """An error status.

    Parameters: `message`, `code`, `html`, the headers that guide a retry, and `date`: seconds from
    now for a Retry-After that is a date.
    """
    headers = {k: v for k, v in parameters.items() if k in RETRY_HEADERS}
    if "date" in parameters:
        moment = time.time() + float(parameters["date"])
        headers["retry-after"] = email.utils.formatdate(moment, usegmt=True)
    if "html" in parameters:
        page = HTML.format(f"{status} from a proxy").encode()
        x.respond(status, page, "text/html", headers)
        return
    message = parameters.get("message", TYPES.get(status, "error").replace("_", " "))
    body = error_body(status, message, x.record["request_id"], parameters.get("code"))
    x.respond(status, body, headers=headers)


def named_refusal(name, status, **parameters):
    """Enters an error status under a name of its own."""
    SCENARIOS[name] = lambda x: refuse(x, status, parameters)


named_refusal("413-html", 413, html="")
named_refusal("502-html", 502, html="")
named_refusal(
    "429-spend-limit",
    429,
    code="enforced_spend_limit_reached",
    message="You reached your spend limit",
)


@scenario
def too_long(x, tokens="213462", maximum="200000", room=""):
    """Refused for its length, in the API's words; with `room`, for what `max_tokens` adds to it."""
    message = f"prompt is too long: {tokens} tokens > {maximum} maximum"
    if room:
        message = (
            f"input length and `max_tokens` exceed context limit: {tokens} + {room} > {maximum}, "
            "decrease input length or `max_tokens` and try again"
        )
    refuse(x, 400, {"message": message})


@scenario
def redirect(x):
    """To another address, which a client with a key must not follow."""
    x.respond(307, b"", headers={"location": "http://127.0.0.1:1/v1/messages"})


@scenario
def captive_portal(x):
    """A page where the API should be, with status 200."""
    x.respond(200, HTML.format("Sign in to the network").encode(), "text/html")


@scenario
def json_answer(x):
    """A whole answer from a server that does not stream."""
    x.respond(200, x.answer.whole())
