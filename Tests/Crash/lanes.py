"""Clients that send as fast as they can, and again what was not acknowledged, as the page does."""

import http.client
import json
import threading
from collections import deque

from connection import GONE, Connection
from history import Receipt, Sent

WINDOW = 8  # messages that a WebSocket client sends ahead of their acknowledgements
TEXTS = ["", " Grüße 🙂", ' "quoted"\nand \\ in lines', " long" * 600]
DRIPPING = " scenario:slow-drip?ms=15"  # an answer of the Messages API that takes a while
# One that calls a tool, if that is there yet.
CALLING = ' scenario:tools-unknown?calls=witness__keep:{"mark":"MARK"},normal'
STOPPING = "unavailable"


class Lane:
    """One client: it sends its messages one behind the other, over all runs of chatd."""

    def __init__(self, name, random, known, texts=()):
        self.name = name
        self.count = 0  # messages so far
        self.failure = None
        self._random = random
        self._known = known
        self._texts = [*TEXTS, *texts]
        self._unsure = deque()  # sent and not acknowledged, oldest first
        self._sure = []

    def start(self, run, threads, count):
        """Sends what is unsure and `count` more, in a thread of its own, until chatd ends."""
        new = [self._next(threads) for _ in range(count)]
        thread = threading.Thread(
            target=self._run, args=(run, [*self._unsure, *new]), name=self.name)
        thread.start()
        return thread

    def _run(self, run, messages):
        try:
            self._send(run, messages)
        except (*GONE, http.client.HTTPException):
            pass  # chatd has ended: what is unsure is sent again to the next one
        except Exception as failure:  # the test's own thread raises it
            self.failure = failure

    def _next(self, threads):
        # Now and then what is on disk for certain is sent once more.
        again = [sent for sent in self._sure[-20:] if sent.thread in threads]
        if again and self._random.random() < 0.1:
            return self._random.choice(again)
        self.count += 1
        name = f"{self.name}-{self.count}"
        to = ("witness",) if self._random.random() < 0.1 else ()
        text = f"[[{name}]]{self._random.choice(self._texts).replace('MARK', name)}"
        return Sent(self.name, self._random.choice(threads), name, text, to)

    def _note(self, sent):
        self._known.sent[sent.content] = sent
        if sent not in self._unsure and sent not in self._sure:
            self._unsure.append(sent)

    def _judge(self, sent, message, is_duplicate):
        """Takes an acknowledgement."""
        self._known.receipts.append(
            Receipt(sent, message["id"], message["content"], message["thread"]))
        if sent in self._sure and not is_duplicate:
            raise AssertionError(f"{sent.client_msg_id} was taken for new when it was sent again")
        if sent in self._unsure:
            self._unsure.remove(sent)
            self._sure.append(sent)


def fields(sent):
    """A message as it is sent."""
    names = {"to": list(sent.to)} if sent.to else {}
    return {"content": sent.content, "thread": sent.thread,
            "client_msg_id": sent.client_msg_id, **names}  # fmt: skip


class SocketLane(Lane):
    """By WebSocket, several at once."""

    def _send(self, run, messages):
        with Connection(run.ws_port) as connection:
            waiting, rest = deque(), deque(messages)
            while waiting or rest:
                while rest and len(waiting) < WINDOW:
                    sent = rest.popleft()
                    self._note(sent)
                    waiting.append((connection.send("send_message", **fields(sent)), sent))
                mark, sent = waiting.popleft()
                answer = connection.answer(mark)
                if answer["type"] == "error":
                    if answer["code"] != STOPPING:
                        raise AssertionError(f"{sent.client_msg_id} was refused: {answer}")
                    continue
                self._judge(sent, answer["messages"][0], answer.get("duplicate", False))


class HTTPLane(Lane):
    """By HTTP, one after the other."""

    def _send(self, run, messages):
        connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
        try:
            for sent in messages:
                self._note(sent)
                connection.request("POST", "/api/messages", json.dumps(fields(sent)),
                                   {"content-type": "application/json"})  # fmt: skip
                answer = connection.getresponse()
                body = json.load(answer)
                if answer.status not in (200, 201):
                    if body["code"] != STOPPING:
                        raise AssertionError(f"{sent.client_msg_id} was refused: {body}")
                    continue
                self._judge(sent, body, answer.status == 200)
        finally:
            connection.close()
