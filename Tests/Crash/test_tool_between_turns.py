"""What is done between two turns hides none that was answered: it is not answered, and paid for,
again."""

import http.client
import json
import shutil
import urllib.request

from connection import Connection
from daemon import FIXTURES, Claude, Daemon
from state import State

CHILD = '''
import sys
import time

sys.path.append("..")
from chatd_child import Child


class Tool(Child):
    def initialize(self, params):
        return {"tools": [{"name": "wait", "inputSchema": {"type": "object"}}]}

    def tools_call(self, params):
        time.sleep(params["arguments"]["seconds"])  # that is what it is for
        return {"content": [{"type": "text", "text": "done"}]}


Tool().run()
'''  # fmt: skip
MANIFEST = """name = "Tool"
description = "Has a tool that takes a while"
command = ["python3", "-B", "main.py"]
autostart = true
"""


def call_tool(port, seconds):
    """Calls the child's tool; nobody waits for what comes of it."""
    body = {"child_id": "tool", "tool": "wait", "arguments": {"seconds": seconds}}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/api/tools/call", json.dumps(body),
                       {"content-type": "application/json"})  # fmt: skip
    return connection


def until(connection, look):
    """Waits for a live entry that is as wanted."""
    while not any(map(look, connection.receive().get("messages", []))):
        pass


def test_a_turn_behind_which_a_tool_was_called_is_not_answered_again(tmp_path):
    children = tmp_path / "children"
    (children / "tool").mkdir(parents=True)
    shutil.copy(FIXTURES / "chatd_child.py", children)
    (children / "tool" / "main.py").write_text(CHILD)
    (children / "tool" / "manifest.toml").write_text(MANIFEST)
    claude = Claude()
    environment = {"ANTHROPIC_BASE_URL": claude.url, "ANTHROPIC_API_KEY": "test-key"}
    options = ["--data", tmp_path / "data", "--children", children, "--assistant", "claude"]
    run = Daemon(tmp_path, options, environment)
    calls = []
    try:
        run.await_ready()
        with Connection(run.ws_port) as connection:
            connection.ask("send_message", content="one scenario:hold?key=one")
            until(connection, lambda entry: entry.get("status") == "streaming")
            calls = [call_tool(run.port, seconds) for seconds in (0, 20)]
            # Nothing says that a call has its place among the turns; much later it has.
            for _ in range(100):
                urllib.request.urlopen(f"http://127.0.0.1:{run.port}/readyz").close()
            connection.ask("send_message", content="two")
            urllib.request.urlopen(f"{claude.url}/_release", b'{"key": "one"}').close()
            until(connection, lambda entry: entry["type"] == "ToolRound")
    finally:
        run.kill()
        for call in calls:
            call.close()
    run, state = Daemon(tmp_path, options, environment), State()
    try:
        run.await_ready()
        with Connection(run.ws_port) as connection:
            mark = connection.send("subscribe", epoch=connection.epoch, last_seq=0)
            state.begin(connection.answer(mark), 0)
            while not state.is_at_rest({"user": [], "assistant": []}, True):
                state.take(connection.receive(), 0)
            entries = connection.ask("get_messages")["messages"]
        said = [entry["role"] for entry in entries if entry["type"] == "Message"]
        assert said == ["user", "assistant", "user", "assistant"]
    finally:
        run.kill()
        claude.close()
