"""What the schemas of messages let through, and what breaks each of their rules."""

import json

MESSAGE = {
    "type": "Message", "id": "m1", "parent": None, "thread": "main", "seq": 1,
    "created_at": "2026-11-22T10:00:00.123Z", "role": "user", "content": "hi", "to": ["dice"],
    "author": None, "status": "complete", "error": None, "model": None, "stop_reason": None,
    "usage": {"input_tokens": 3, "output_tokens": None}}
RESPONSE = {
    "child_id": "dice", "message_id": "r1", "status": "failed", "reason": "no", "late": False,
    "text": None, "html": None, "data": None, "latency_ms": 3.2, "attempt": 1, "generation": 0}
ROLLUP = {
    "type": "Rollup", "id": "m2", "parent": "m1", "thread": "main", "seq": 2,
    "created_at": "2026-11-22T10:00:00.123Z", "original_message_id": "m1",
    "child_responses": [RESPONSE]}
CALL = {
    "call_id": "c1", "child_id": "calculator", "tool": "calculate", "arguments": {},
    "status": "done", "reason": None, "content": [{"type": "text", "text": "4"}], "latency_ms": 2}
ROUND = {
    "type": "ToolRound", "id": "m3", "parent": "m2", "thread": "main", "seq": 3,
    "created_at": "2026-11-22T10:00:00.123Z", "original_message_id": "m1", "calls": [CALL]}
TOOL = {"name": "calculate", "description": "sums", "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True}}
CONTENT = {"content": [{"type": "text", "text": "4"}, {"type": "image", "data": "=="}],
           "isError": False}


def request(method, params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def notification(method, params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


INITIALIZE = request("initialize", {
    "protocol": 1, "child_id": "dice", "generation": 1, "state": None, "config": {},
    "limits": {"frame_bytes": 1048576, "state_bytes": 1048576}, "chatd": "0.1.0"})
HEARD = request("message", {
    "message": MESSAGE, "attempt": 1, "deadline_ms": 5000, "context": [MESSAGE, ROLLUP, ROUND]})
ANSWER = {"jsonrpc": "2.0", "id": 1, "result": {}}
FAILURE = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}}

# What may be said: the schema, and a value that has everything in it.
CHATD, CHILD = "from-chatd.schema.json", "from-child.schema.json"
RIGHT = {
    "initialize": (CHATD, INITIALIZE),
    "message": (CHATD, HEARD),
    "tools/call": (CHATD, request("tools/call", {"name": "calculate", "arguments": {"x": 1}})),
    "actor/call": (CHATD, request("actor/call", {"from": "dice", "body": None})),
    "ping": (CHATD, request("ping", {})),
    "cancel": (CHATD, notification("cancel", {"id": 2})),
    "shutdown": (CHATD, request("shutdown", {"deadline_ms": 0, "reason": "stop"})),
    "answer of chatd's": (CHATD, {**ANSWER, "id": "mine"}),
    "refusal": (CHATD, FAILURE),
    "later method of chatd's": (CHATD, request("weather/forecast", {"days": 3})),
    "partial": (CHILD, notification("partial", {"id": 1, "text": "a"})),
    "log": (CHILD, notification("log", {"level": "info", "message": "a"})),
    "state/save": (CHILD, request("state/save", {"state": None})),
    "history/get": (CHILD, request("history/get", {"thread": "main", "before": "m1", "limit": 5})),
    "message/post": (CHILD, request("message/post", {
        "text": "a", "html": "<b>a</b>", "data": [1], "thread": "main"})),
    "actor/call of a child's": (CHILD, request("actor/call", {"to": "dice", "body": [1]})),
    "answer": (CHILD, ANSWER),
    "failure": (CHILD, FAILURE),
    "result of initialize": (f"{CHILD}#/$defs/result_of_initialize", {
        "name": "Dice", "version": "1", "tools": [TOOL]}),
    "result of message": (f"{CHILD}#/$defs/result_of_message", {
        "text": "a", "html": "a", "data": 1, "decline": False}),
    "result of tools/call": (f"{CHILD}#/$defs/result_of_tools_call", CONTENT),
    "result of ping": (f"{CHILD}#/$defs/result_of_ping", {}),
    "result of shutdown": (f"{CHILD}#/$defs/result_of_shutdown", {}),
    "result of actor/call": (f"{CHILD}#/$defs/result_of_actor_call", None),
    "result of state/save": (f"{CHATD}#/$defs/result_of_state_save", {}),
    "result of history/get": (f"{CHATD}#/$defs/result_of_history_get", {
        "messages": [MESSAGE, ROLLUP, ROUND]}),
    "result of message/post": (f"{CHATD}#/$defs/result_of_message_post", MESSAGE),
    "actor/call's result of chatd's": (f"{CHATD}#/$defs/result_of_actor_call", [1]),
    "entry": ("entries.schema.json", ROUND),
}
GONE = object()  # the member is taken out
STRINGS, NUMBERS = (None, 1, [], {}, True), (None, "1", [], {}, True)
OBJECTS, LISTS, TRUTHS = (None, 1, "a", []), (None, 1, "a", {}), (None, 1, "true")
COUNTS = (*NUMBERS, -1, 1.5, GONE)
CHILD_IDS = (*STRINGS, "", "Dice", "-dice", "a b", "x" * 65, GONE)
ENVELOPE = {"jsonrpc": (GONE, None, 2.0, "1.0"), "id": (None, True, [], {}, GONE)}
CALLED = {**ENVELOPE, "method": STRINGS}  # a frame without a method is an answer: see `ODD`
REQUEST = {**CALLED, "params": (*OBJECTS, GONE)}
# chatd's ids are of one kind; a notification has none.
ASKED = {**REQUEST, "id": ("1", 0, 2**53, 1.5, *ENVELOPE["id"])}
TOLD = {**CALLED, "params": (*OBJECTS, GONE), "id": (1, "a", None)}
HEAD = {"id": (*STRINGS, "", GONE), "thread": (*STRINGS, "", GONE), "seq": COUNTS,
        "created_at": (*STRINGS, "today", "2026-11-22 10:00:00.123Z", "2026-11-22T10:00:00Z", GONE)}
A_MESSAGE = {
    **HEAD, "type": (*STRINGS, "Rollup", GONE), "parent": (1, [], "", GONE),
    "role": (*STRINGS, "child", GONE), "content": (*STRINGS, GONE), "to": (1, "a", {}, ["B"], GONE),
    "author": (1, [], "B", GONE), "status": (*STRINGS, "done", GONE), "error": (1, [], GONE),
    "model": (1, GONE), "stop_reason": (1, GONE), "usage": (1, "a", [], {"a": 1.5}, GONE),
    "context_from": (*STRINGS, "")}
A_RESPONSE = {
    "child_id": CHILD_IDS, "message_id": (*STRINGS, "", GONE), "status": (*STRINGS, "done", GONE),
    "reason": (1, None, GONE), "late": (*TRUTHS, GONE), "text": (1, [], GONE), "html": (1, GONE),
    "data": (GONE,), "latency_ms": (None, "1", -1, GONE), "attempt": (0, *COUNTS),
    "generation": COUNTS}
A_ROLLUP = {
    **HEAD, "parent": (None, 1, GONE), "original_message_id": (*STRINGS, "", GONE),
    "child_responses": (*LISTS, [], [1], GONE),
    **{f"child_responses.0.{name}": values for name, values in A_RESPONSE.items()}}
A_ROUND = {
    **HEAD, "type": (*STRINGS, "Turn", GONE), "parent": (None, 1, GONE),
    "original_message_id": (*STRINGS, "", GONE), "calls": (*LISTS, [1], GONE),
    **{f"calls.0.{name}": values for name, values in {
        "call_id": (*STRINGS, "", GONE), "child_id": CHILD_IDS, "tool": (*STRINGS, "", GONE),
        "arguments": (GONE,), "status": (*STRINGS, "replied", GONE), "reason": (1, [], GONE),
        "content": (*LISTS, [1], [{}], [{"type": 1}], [{"type": "text"}], GONE),
        "latency_ms": (None, "1", -1, GONE)}.items()}}


def within(path, table):
    """A table of wrong values, moved to where they stand in a frame."""
    return {f"{path}.{name}": values for name, values in table.items()}


# What breaks a rule: for each of the values above, members by their path, and wrong values of each.
WRONG = {
    "initialize": {**ASKED, **within("params", {
        "protocol": (2, "1", None, GONE), "child_id": CHILD_IDS, "generation": (0, *COUNTS),
        "state": (GONE,), "config": (*OBJECTS, GONE), "limits": (*OBJECTS, GONE),
        "limits.frame_bytes": (0, *COUNTS), "limits.state_bytes": (0, *COUNTS),
        "chatd": (*STRINGS, GONE)})},
    "message": {
        **ASKED, **within("params.message", A_MESSAGE),
        **within("params", {"message": (*OBJECTS, ROLLUP, GONE), "attempt": (0, *COUNTS),
                            "deadline_ms": (0, *COUNTS), "context": (*LISTS, [1], [{}])}),
        **within("params.context.0", {**A_MESSAGE, "type": (*STRINGS, "Turn", GONE)}),
        **within("params.context.1", A_ROLLUP), **within("params.context.2", A_ROUND)},
    "tools/call": {**ASKED, **within("params", {
        "name": (*STRINGS, "", GONE), "arguments": OBJECTS})},
    "actor/call": {**ASKED, **within("params", {"from": CHILD_IDS, "body": (GONE,)})},
    "ping": ASKED,
    "cancel": {**TOLD, "params.id": ("1", 0, None, 2**53, GONE)},
    "shutdown": {**ASKED, **within("params", {
        "deadline_ms": COUNTS, "reason": (*STRINGS, GONE)})},
    "answer of chatd's": ENVELOPE,
    "refusal": {**ENVELOPE, "error": (*OBJECTS, GONE), "error.code": (None, "1", 1.5, GONE),
                "error.message": (*STRINGS, GONE)},
    "partial": {**TOLD, **within("params", {
        "id": ("1", 0, None, 1.5, GONE), "text": (*STRINGS, GONE)})},
    "log": {**TOLD, **within("params", {
        "level": (*STRINGS, "warn", "INFO", GONE), "message": (*STRINGS, GONE)})},
    "state/save": {**REQUEST, "params.state": (GONE,)},
    "history/get": {**CALLED, "params": OBJECTS, **within("params", {
        "thread": (*STRINGS, ""), "before": (*STRINGS, ""), "limit": (*NUMBERS, 0, 1001, 1.5)})},
    "message/post": {**REQUEST, **within("params", {
        "text": (*STRINGS, "", GONE), "html": STRINGS, "thread": (*STRINGS, "")})},
    "actor/call of a child's": {**REQUEST, **within("params", {
        "to": CHILD_IDS, "body": (GONE,)})},
    "answer": {**ENVELOPE, "id": ("1", 0, 2**53, 1.5, *ENVELOPE["id"]), "result": (GONE,),
               "error": (None, FAILURE["error"]), "params": ({},)},
    "failure": {**ENVELOPE, "error": (*OBJECTS, GONE), "error.code": (None, "1", 1.5, GONE),
                "error.message": (*STRINGS, GONE), "result": (None, {})},
    "result of initialize": {
        "": OBJECTS, "name": STRINGS, "version": STRINGS, "tools": (*LISTS, [1], [{}]),
        **within("tools.0", {
            "name": (*STRINGS, "", GONE), "description": STRINGS, "annotations": OBJECTS,
            "inputSchema": (*OBJECTS, {}, {"type": "string"}, GONE)})},
    "result of message": {
        "": (1, "a", [], True, {"txt": "a"}, {"decline": False},
             {"text": None}, {"html": None},
             {"data": None}),
        "text": (1, [], {}, True), "html": (1, [], {}), "decline": (None, 1, "true")},
    "result of tools/call": {
        "": OBJECTS, "isError": TRUTHS,
        "content": (*LISTS, [1], [{}], [{"type": 1}], [{"text": "a"}], GONE),
        "content.0.text": (*STRINGS, GONE)},
    "result of ping": {"": OBJECTS},
    "result of shutdown": {"": OBJECTS},
    "result of state/save": {"": OBJECTS},
    "result of history/get": {"": OBJECTS, "messages": (*LISTS, [1], [{}], GONE)},
    "result of message/post": {"": (*OBJECTS, ROLLUP), **A_MESSAGE},
    "entry": {"": OBJECTS, **A_ROUND},
}
# Nothing that a rule is about: any JSON will do.
ANYTHING = {"result of actor/call", "actor/call's result of chatd's", "later method of chatd's"}


def changed(value, path, wrong):
    """A copy of a value with a wrong one at the path, or without what stands there."""
    if not path:
        return wrong
    value = json.loads(json.dumps(value))  # no two places of it share anything
    *way, last = path.split(".")
    place = value
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if wrong is GONE:
        del place[last]
    else:
        place[last] = wrong
    return value


def places(value, path=""):
    """The path of each member, those of objects in lists included."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from [f"{path}.{name}".lstrip("."), *places(inner, f"{path}.{name}")]
