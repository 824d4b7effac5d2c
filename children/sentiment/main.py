"""Sentiment: says how a message feels, as a weather report.

A child connects to CHATD_SOCKET and answers what it is asked, one frame at a time: a length of
four bytes, big-endian, then that many bytes of JSON. ../README.md has the whole protocol.
"""

import contextlib
import json
import os
import re
import socket

FEELINGS = {
    3: "love adore amazing awesome brilliant fantastic wonderful hooray yay ❤ 🎉 😍 🥳",
    2: "beautiful delighted excellent excited great happy perfect proud thanks 😀 😄 😊 👍 ☀",
    1: "cool enjoy fine friendly fun glad good hope nice smile sweet thank welcome 🙂",
    -1: "afraid bored boring late lost slow sorry tired unfortunately worried wrong 😕 🙁",
    -2: "angry annoying bad broken cry fail fails sad sick ugly upset 😢 😞 😠 👎",
    -3: "awful despair hate horrible miserable terrible worst 😭 😡 💔",
}
WEIGHT = {word: weight for weight, words in FEELINGS.items() for word in words.split()}
NEGATIONS = {"no", "not", "never", "hardly", "without", "cannot"}
STRENGTHENERS = {"very", "so", "really", "extremely", "absolutely"}
WEATHER = [(4, "☀️ **Radiant**"), (1, "🌤️ **Sunny spells**"), (-0.5, "⛅ **Calm**"),
           (-4, "🌧️ **Drizzle**"), (float("-inf"), "⛈️ **Thunder**")]


def feel(text):
    """How a text feels: every word's weight, turned round by a negation just before it."""
    words = re.findall(r"[^\W\d_]+(?:['’]t)?|[^\w\s]", text.lower())
    felt = {}
    for index, word in enumerate(words):
        weight = WEIGHT.get(word, 0)
        if not weight:
            continue
        before = words[max(0, index - 3):index]
        if STRENGTHENERS.intersection(before):
            weight *= 1.5
        if negation := next((w for w in before if w in NEGATIONS or w[-2:] in ("'t", "’t")), ""):
            weight *= -0.5  # "not bad" is good, but less so than "good"
        felt[f"{negation} {word}".strip()] = weight
    score = sum(felt.values())
    weather = next(name for floor, name in WEATHER if score >= floor)
    if abs(score) < 2 and any(w > 0 for w in felt.values()) and any(w < 0 for w in felt.values()):
        weather = "🌦️ **Sun and showers**"
    strongest = sorted(felt, key=lambda word: -abs(felt[word]))[:3]
    because = ", ".join(f"*{word}*" for word in strongest) or "not a cloud, not a ray"
    return {"text": f"{weather} – {because}", "data": {"score": score, "words": felt}}


def answer(method, params):
    """The outcome of one request: a result, or the error that says that we don't know it."""
    if method == "message":
        return {"result": feel(params["message"]["content"])}
    if method in ("initialize", "ping", "shutdown"):
        return {"result": {}}
    return {"error": {"code": -32601, "message": f"no such method: {method}"}}


def serve(chatd):
    """Answers until chatd says `shutdown` or closes the connection."""
    frames = chatd.makefile("rb")  # its read(n) waits for all n bytes, or the end
    while len(header := frames.read(4)) == 4:
        request = json.loads(frames.read(int.from_bytes(header, "big")))
        if "method" not in request or "id" not in request:
            continue  # a notification is never answered
        outcome = answer(request["method"], request.get("params", {}))
        reply = {"jsonrpc": "2.0", "id": request["id"], **outcome}
        body = json.dumps(reply, ensure_ascii=False).encode()
        chatd.sendall(len(body).to_bytes(4, "big") + body)
        if request["method"] == "shutdown":
            return


with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(os.environ["CHATD_SOCKET"])
    with contextlib.suppress(ConnectionError):  # chatd is gone: then so are we
        serve(connection)
