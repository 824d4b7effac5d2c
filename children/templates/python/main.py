"""{{title}}: a child of chatd. Your own code goes into `reply`; the rest speaks the protocol.

chatd asks, the child answers, one frame at a time: a length of four bytes, big-endian, then that
many bytes of JSON. What is printed goes to the child's log.
"""

import contextlib
import json
import os
import socket
import traceback


def reply(text):
    """What to say to a message, in Markdown; None says nothing. This is yours."""
    return f"I heard **{len(text.split())}** words"


def answer(method, params):
    """The outcome of a request: a result or an error."""
    if method == "message":
        try:
            said = reply(params["message"]["content"])
        except Exception as error:  # people see what went wrong, the log has where
            traceback.print_exc()
            return {"error": {"code": -32000, "message": f"{type(error).__name__}: {error}"}}
        return {"result": {"text": said} if said else None}
    if method in ("initialize", "ping", "shutdown"):  # initialize: params has state and config
        return {"result": {}}
    return {"error": {"code": -32601, "message": f"no such method: {method}"}}


def next_frame(stream):
    """The next frame's message; None at the end of the stream, when chatd is gone."""
    header = stream.read(4)  # read(n) waits for all n bytes, or the end
    body = stream.read(int.from_bytes(header, "big")) if len(header) == 4 else b""
    return json.loads(body) if body and len(body) == int.from_bytes(header, "big") else None


def serve(chatd):
    """Answers one request after the other, until chatd says `shutdown` or is gone."""
    stream = chatd.makefile("rb")
    while (frame := next_frame(stream)) is not None:
        if "method" not in frame or "id" not in frame:
            continue  # a notification, such as `cancel`: we are done with that request by now
        outcome = answer(frame["method"], frame.get("params", {}))
        message = {"jsonrpc": "2.0", "id": frame["id"], **outcome}
        body = json.dumps(message, ensure_ascii=False).encode(errors="replace")
        chatd.sendall(len(body).to_bytes(4, "big") + body)
        if frame["method"] == "shutdown":
            return


with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(os.environ["CHATD_SOCKET"])
    with contextlib.suppress(ConnectionError):  # chatd went before our answer: then we go, too
        serve(connection)
