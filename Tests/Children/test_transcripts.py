"""The golden transcripts are what the tests' own chatd writes, and what the schemas let through."""

import json
import os
import unittest

import schemas
import transcripts
from drive import Chatd
from rules import ROOT


class Wire:
    """A connection that keeps what is written to it."""

    def __init__(self):
        self.written = b""

    def sendall(self, data):
        self.written += data


def framed(frames):
    """The stream of some frames, lengths included."""
    return b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)


class TestTheTranscripts(unittest.TestCase):
    def setUp(self):
        self.chatd = Chatd(os.path.join(ROOT, "children", "sentiment"))
        self.chatd.connection = self.wire = Wire()

    def test_there_are_some_and_each_begins_and_ends_as_a_session_does(self):
        self.assertEqual(transcripts.names(), ["memory", "parrot", "powers"])
        for name in transcripts.names():
            asked = [json.loads(frame) for frame in transcripts.frames(name, "chatd")]
            self.assertEqual((asked[0]["method"], asked[-1]["method"]), ("initialize", "shutdown"))

    def test_everything_that_can_be_said_is_in_them(self):
        said = {side: set() for side in ("chatd", "child")}
        for name in transcripts.names():
            for side, line in transcripts.lines(name):
                frame = json.loads(line)
                said[side].add(frame.get("method") or ("error" if "error" in frame else "result"))
        answers = {"result", "error", "weather/forecast"}
        self.assertEqual(said["chatd"] - answers, {
            "initialize", "message", "tools/call", "actor/call", "ping", "cancel", "shutdown"})
        self.assertEqual(said["child"] - answers, {
            "partial", "log", "state/save", "history/get", "message/post", "actor/call"})
        for side in said.values():
            self.assertLessEqual(answers, side)

    def test_each_frame_is_as_the_schemas_say(self):
        for name in transcripts.names():
            asked = {"chatd": {}, "child": {}}
            for side, line in transcripts.lines(name):
                frame = json.loads(line)
                other = "child" if side == "chatd" else "chatd"
                with self.subTest(name, frame=line):
                    schemas.check_frame(frame, side, asked[other])
                    if "method" in frame:
                        asked[side][frame.get("id")] = frame["method"]
                    else:
                        self.assertIn(frame["id"], asked[other], "an answer to what was asked")

    def test_chatd_s_side_is_what_the_driver_writes(self):
        for name in transcripts.names():
            for line in transcripts.frames(name, "chatd"):
                message = json.loads(line)
                self.assertEqual(message.pop("jsonrpc"), "2.0")
                self.assertEqual(self.chatd.encode(message), framed([line]))

    def test_the_driver_s_requests_are_the_transcript_s(self):
        for line in transcripts.frames("powers", "chatd"):
            message = json.loads(line)
            if "method" in message and "id" in message:
                self.chatd._last_id = message["id"] - 1
                _, frame = self.chatd.request(message["method"], message["params"])
                self.assertEqual(frame, framed([line]))

    def test_the_driver_s_answers_are_the_transcript_s(self):
        asked, answered = [], []
        for side, line in transcripts.lines("powers"):
            frame = json.loads(line)
            if side == "child" and frame.get("method") in ("history/get", "state/save"):
                asked.append(frame)
            elif asked and side == "chatd" and frame["id"] == asked[-1]["id"]:
                answered.append(line)
                self.chatd.history = frame["result"].get("messages")
                self.chatd._take(asked.pop())
        self.assertEqual(len(answered), 2)
        self.assertEqual(self.wire.written, framed(answered))

    def test_the_stream_in_hexadecimal_is_the_session_s(self):
        for side in ("chatd", "child"):
            stream = framed(transcripts.frames("parrot", side))
            self.assertEqual(transcripts.stream("parrot", side), stream)
            path = os.path.join(transcripts.FOLDER, f"parrot.from-{side}.hex")
            with open(path, encoding="ascii") as file:
                self.assertEqual(file.read(), transcripts.dump(stream))


if __name__ == "__main__":
    unittest.main()
