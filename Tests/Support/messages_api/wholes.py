"""Scenarios that answer in full, in all the forms which networks and servers give an answer."""

import gzip
import json

from . import wire
from .scenarios import scenario


@scenario
def normal(x):
    """What the API does."""
    if x.request.get("stream"):
        x.stream(*x.answer.events())
    else:
        x.respond(200, x.answer.whole())


@scenario
def says(x, text="Hello"):
    """Other words than the usual."""
    x.answer.text = text
    normal(x)


@scenario
def slow_drip(x, ms="20"):
    """An event now and then."""
    x.begin()
    for part in x.answer.events():
        x.send(part)
        x.wait(int(ms) / 1000)
    x.end()


@scenario
def byte_by_byte(x):
    """A packet for every byte: in the middle of characters and of line ends."""
    whole = b"".join(x.answer.events())
    x.stream(*(whole[at : at + 1] for at in range(len(whole))))


@scenario
def one_write(x):
    """Everything at once."""
    x.stream(b"".join(x.answer.events()))


@scenario
def crlf(x):
    """Lines that end with CR LF."""
    x.stream(*(part.replace(b"\n", b"\r\n") for part in x.answer.events()))


@scenario
def cr(x):
    """Lines that end with CR."""
    x.stream(*(part.replace(b"\n", b"\r") for part in x.answer.events()))


@scenario
def bom(x):
    """A byte order mark ahead, in two packets."""
    x.stream(b"\xef\xbb", b"\xbf", *x.answer.events())


@scenario
def padding(x):
    """Spaces before and behind the last brace, as the API sends them now and then."""
    x.stream(*(part.replace(b"}\n\n", b"      }   \n\n") for part in x.answer.events()))


@scenario
def pings(x):
    """A ping before every event."""
    x.stream(*(both for part in x.answer.events() for both in (wire.PING, part)))


@scenario
def comments(x):
    """A comment before every event, as proxies keep connections alive."""
    x.stream(*(both for part in x.answer.events() for both in (b": still here\n\n", part)))


@scenario
def escaped(x):
    """Text in escapes, with surrogate pairs and one surrogate without its partner."""
    a = x.answer
    alone = a.delta("LONE", ascii_only=True).replace(b"LONE", rb"\ud83d!")
    x.stream(a.start(), a.block_start(), *a.deltas(ascii_only=True), alone, a.end(), a.stop())


@scenario
def multi_line(x):
    """Data over several lines, and fields that mean nothing here."""
    parts = []
    for part in x.answer.events():
        name, data = part.decode().rstrip("\n").split("\n")
        text = json.dumps(json.loads(data[6:]), ensure_ascii=False, indent=1)
        lines = "\n".join("data: " + line for line in text.split("\n"))
        parts.append(f"{name}\nid: 7\nretry: 10\nother\n{lines}\n\n".encode())
    x.stream(*parts)


@scenario
def no_event_names(x):
    """Data alone, and the mark with which other APIs end."""
    x.stream(*(part.partition(b"\n")[2] for part in x.answer.events()), b"data: [DONE]\n\n")


@scenario
def gzip_encoded(x):
    """Compressed, asked for or not."""
    x.begin(headers={"content-encoding": "gzip"})
    x.send(gzip.compress(b"".join(x.answer.events())))
    x.end()


@scenario
def megabyte(x):
    """One piece of a megabyte, in one write."""
    a = x.answer
    delta = a.delta("a" * (1 << 20))
    x.stream(b"".join([a.start(), a.block_start(), delta, a.block_stop(), a.end(), a.stop()]))


@scenario
def many(x, count="50", size="10"):
    """So many pieces of `size` characters, each of which ends with its number."""
    a = x.answer
    x.shrink_buffer()
    x.begin()
    x.send(a.start(), a.block_start())
    for number in range(int(count)):
        x.send(a.delta(f" {number}".rjust(int(size), ".")))
    x.send(a.block_stop(), a.end(), a.stop())
    x.end()


@scenario
def keep_open(x):
    """All of an answer, but the response never ends."""
    x.begin()
    x.send(*x.answer.events())
    x.stay_silent()


@scenario
def hold(x, key=""):
    """A first piece, and the rest once `POST /_release` says so."""
    a = x.answer
    x.begin()
    x.send(a.start(), a.block_start(), a.deltas()[0])
    x.hold(key)
    x.send(*a.deltas()[1:], a.block_stop(), a.end(), a.stop())
    x.end()


@scenario
def hold_head(x, key=""):
    """Not even a status before `POST /_release` says so."""
    x.hold(key)
    normal(x)


@scenario
def bare(x):
    """As little as local servers send: no usage, no model, no request-id, no ping."""
    a = x.answer
    x.record["request_id"] = ""
    x.stream(
        a.start(usage=None, model=None),
        *a.block(),
        wire.typed("message_delta", delta={"stop_reason": "end_turn"}),
        a.stop(),
    )
