"""Poll: holds a vote, and posts the outcome of its own accord once it is closed.

It asks chatd for something, too: `state/save` keeps the poll over restarts, and `message/post` puts
a message into the thread that answers nobody. ../README.md has the protocol.
"""

import contextlib
import json
import os
import re
import socket


def consider(poll, message):
    """What becomes of the poll and what to say: None for no poll, and for nothing."""
    said = message["content"][:2000].strip()  # nobody asks or votes at greater length
    if asked := re.fullmatch(r"poll:\s*([^?]{1,200}\?)?(.*)", said, re.I | re.S):
        texts = re.findall(r"[^\s,;][^,;\n]*", asked[2])
        options = list(dict.fromkeys(text.strip()[:80] for text in texts))[:9]
        if poll or len(options) < 2:
            return poll, poll and standings(poll, "comes first: *close poll*")
        poll = {"thread": message["thread"], "question": asked[1] or "Which one?",
                "options": options, "votes": {}}
        return poll, standings(poll, "Say *vote 2* or *+1 …*, and *close poll* in the end.")
    if poll and (voted := re.fullmatch(r"(?:vote(?: for)?|\+1)\s+(.+?)[\s.!]*", said, re.I)):
        chosen = [option for number, option in enumerate(poll["options"], 1)
                  if voted[1].casefold() in (option.casefold(), str(number))]
        if not chosen:
            return poll, standings(poll, "has no such option:")
        # Kept by message, so that one which is heard twice counts once.
        poll = {**poll, "votes": {**poll["votes"], message["id"]: chosen[0]}}
        return poll, standings(poll, "so far:")
    is_over = poll and re.fullmatch(r"close (?:the )?poll[\s.!]*", said, re.I)
    return (None, "🗳️ Closed.") if is_over else (poll, None)


def standings(poll, title):
    votes = list(poll["votes"].values())
    rows = [f"{number}. {option} – **{votes.count(option)}**"
            for number, option in enumerate(poll["options"], 1)]
    return f"🗳️ **{poll['question']}** {title}\n\n" + "\n".join(rows)


def read():
    return json.loads(frames.read(int.from_bytes(frames.read(4) or exit(), "big")))


def write(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
    chatd.sendall(len(body).to_bytes(4, "big") + body)


def ask(method, **params):
    """Has chatd do something; returns why it refused, or None. Other frames wait in `early`."""
    write(id=method, method=method, params=params)
    while "method" in (frame := read()):
        early.append(frame)
    return frame.get("error", {}).get("message")


chatd, early, poll, method = socket.socket(socket.AF_UNIX), [], None, ""
chatd.connect(os.environ["CHATD_SOCKET"])
frames = chatd.makefile("rb")  # its read(n) waits for n bytes, or the end
with contextlib.suppress(OSError):  # chatd is gone, and so are we
    while method != "shutdown":
        request, result = early.pop(0) if early else read(), {}
        method = "id" in request and request.get("method")  # a notification is never answered
        if method == "initialize":
            poll = request["params"]["state"]
        elif method == "message":
            changed, text = consider(poll, request["params"]["message"])
            refused = poll and not changed and ask(
                "message/post", thread=poll["thread"], text=standings(poll, "is closed:"))
            refused = refused or changed != poll and ask("state/save", state=changed)
            poll = poll if refused else changed
            result = {"text": f"🗳️ Refused: {refused}" if refused else text} if text else {}
        if method:
            write(id=request["id"], result=result)
