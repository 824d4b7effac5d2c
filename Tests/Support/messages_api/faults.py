"""Scenarios of a stream that breaks, stalls, or never begins."""

from . import wire
from .scenarios import HTML, scenario


def first_half(a):
    """The beginning of an answer, with some text."""
    return [a.start(), a.block_start(), *a.deltas()[:2]]


@scenario
def error_first(x, type="overloaded_error", message="Overloaded", code=None):
    """An `error` event where the answer should begin."""
    x.stream(wire.error(type, message, code))


@scenario
def error_json(x, type="overloaded_error", message="Overloaded"):
    """The same with status 200 as JSON, and no stream."""
    x.respond(200, {"type": "error", "error": {"type": type, "message": message}})


@scenario
def error_mid(x, type="overloaded_error", message="Overloaded"):
    """An `error` event in the middle of the text; in one write, so that both come at once."""
    x.stream(b"".join(first_half(x.answer)) + wire.error(type, message))


@scenario
def error_after_end(x):
    """An `error` event behind the stop reason: the answer is whole all the same."""
    a = x.answer
    x.stream(a.start(), *a.block(), a.end(), wire.error())


@scenario
def garbage_after_end(x):
    """What can't be read behind the stop reason: the answer is whole all the same."""
    a = x.answer
    x.stream(a.start(), *a.block(), a.end(), b"event: message_delta\ndata: {{{\n\n")


@scenario
def cut_mid_event(x):
    """The connection closes in the middle of an event."""
    x.begin()
    x.send(*first_half(x.answer), b'event: content_block_delta\ndata: {"type":"content_bl')
    x.cut()


@scenario
def cut_first(x):
    """The connection closes before a word."""
    x.begin()
    x.send(x.answer.start())
    x.cut()


@scenario
def eof_without_stop(x):
    """The response ends in order, but in the middle of the text."""
    x.stream(*first_half(x.answer))


@scenario
def eof_mid_event(x):
    """The response ends in order in the middle of an event, which then does not count."""
    x.stream(*first_half(x.answer), x.answer.end().rstrip(b"\n"))


@scenario
def eof_first(x):
    """The response ends before a word."""
    x.stream(x.answer.start())


@scenario
def eof_empty(x):
    """A stream without an event."""
    x.stream()


@scenario
def eof_after_message_delta(x):
    """No `message_stop`, but the stop reason was told: the answer is whole."""
    a = x.answer
    x.stream(a.start(), *a.block(), a.end())


@scenario
def cut_after_message_delta(x):
    """The connection closes once the stop reason was told: the answer is whole."""
    a = x.answer
    x.begin()
    x.send(a.start(), *a.block(), a.end())
    x.cut()


@scenario
def malformed(x):
    """An event of the API's with data that is not JSON."""
    broken = b'event: content_block_delta\ndata: {"type":"content_block_delta",\n\n'
    x.stream(*first_half(x.answer), broken, x.answer.end(), x.answer.stop())


@scenario
def long_line(x, bytes="6000000"):
    """A line that is longer than any event has a right to be."""
    x.begin()
    x.send(*first_half(x.answer), b"event: content_block_delta\ndata: ")
    for _ in range(0, int(bytes), 1 << 16):
        x.send(b"a" * (1 << 16))
    x.end()


@scenario
def stall(x):
    """Silence in the middle of the text."""
    x.begin()
    x.send(*first_half(x.answer))
    x.stay_silent()


@scenario
def stall_after_message_delta(x):
    """Silence behind the stop reason: the answer is whole."""
    a = x.answer
    x.begin()
    x.send(a.start(), *a.block(), a.end())
    x.stay_silent()


@scenario
def stall_first(x):
    """A head, then silence."""
    x.begin()
    x.stay_silent()


@scenario
def no_answer(x):
    """No head either."""
    x.stay_silent()


@scenario
def close(x):
    """The connection closes without an answer."""
    x.cut()


@scenario
def reset(x):
    """The connection is reset in the middle of the text."""
    x.begin()
    x.send(*first_half(x.answer))
    x.reset()


@scenario
def reset_first(x):
    """The connection is reset instead of an answer."""
    x.reset()


@scenario
def short_length(x):
    """Fewer bytes than the head announced."""
    page = HTML.format("500").encode()
    x.respond(500, page, "text/html", {"content-length": str(len(page) + 100)})
    x.cut()


@scenario
def not_http(x):
    """Bytes that are no HTTP."""
    x.send_raw(b"220 mail.example.net ESMTP\r\n")
    x.cut()
