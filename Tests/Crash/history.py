"""What the checker is given: what clients, children and Claude know, and what is there."""

from dataclasses import dataclass, field

ASSISTANT, USER = "assistant", "user"


@dataclass(frozen=True)
class Sent:
    """A message as a client sent it. Its content is like no other's."""

    lane: str  # the client, whose messages are sent one behind the other, over restarts too
    thread: str
    client_msg_id: str
    content: str
    to: tuple = ()  # the children it is for; empty: all


@dataclass(frozen=True)
class Receipt:
    """An acknowledgement: the identifier that chatd gave a message."""

    sent: Sent
    id: str
    content: str
    thread: str


@dataclass(frozen=True)
class Piece:
    """A part of an answer in flight, and when a client saw it, in seconds."""

    at: float
    text: str


@dataclass(frozen=True)
class Ask:
    """That a child was given a message."""

    message: str
    child: str
    attempt: int


@dataclass
class Known:
    """What must be found again. All lists are in the order of what happened."""

    children: dict  # the names of those that hear it, by role
    assistant: bool = True
    sent: dict = field(default_factory=dict)  # everything that was ever sent, by its content
    receipts: list = field(default_factory=list)
    refused: list = field(default_factory=list)  # sent, answered with an error, and not sent again
    speeches: dict = field(default_factory=dict)  # answers in flight at a kill: pieces by message
    asks: list = field(default_factory=list)
    # How often a person asked for another answer, by the message that is answered.
    revised: dict = field(default_factory=dict)
    calls: list | None = None  # the `client_msg_id` each call of the API was for; None: not counted
    # The marks of the calls that reached a child's tool.
    tools: list = field(default_factory=list)


def asks_for_calls(message):
    """Whether an answer ends with calls of tools: then its last message is yet to come."""
    return (message["role"], message["status"], message.get("stop_reason")) == (
        ASSISTANT, "complete", "tool_use")  # fmt: skip


def is_persons(tool_round):
    """Whether a person called the tool, and not the assistant."""
    return [call["call_id"] for call in tool_round["calls"]] == [tool_round["id"]]


@dataclass
class Found:
    """What a client finds once every turn has come to rest."""

    threads: dict  # as chatd shows them, by identifier
    entries: dict  # by identifier, those that are queued too
    seq: int = 0


@dataclass(frozen=True, order=True)
class Fault:
    """Something that must not be, by the name of its kind."""

    name: str
    detail: str

    def __str__(self):
        return f"{self.name}: {self.detail}"
