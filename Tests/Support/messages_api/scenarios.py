"""What the server does with a good request: `SCENARIOS` has a function for each name.

A scenario is named in the last message's text: `scenario:NAME`, with parameters
`scenario:NAME?key=value&…`. `scenario:A,B,C` is one for each attempt with that very text; the
last one stays. So `scenario:529,normal` fails once and then succeeds, whoever else talks to the
server meanwhile. A bare status is a scenario too.
"""

import email.utils
import re
import time
import urllib.parse

from .refusal import TYPES, error_body

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
    return [parse_one(part) for part in found[1].split(",")] if found else []


def parse_one(text):
    """A name and its parameters."""
    name, _, query = text.partition("?")
    return name, dict(urllib.parse.parse_qsl(query, keep_blank_values=True))


def run(name, exchange, parameters):
    """Plays a scenario."""
    if name in SCENARIOS:
        SCENARIOS[name](exchange, **{k.replace("-", "_"): v for k, v in parameters.items()})
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
