"""What was shown of an answer is kept a second later, whether more of it comes or not."""

import json
import shutil

from connection import Connection
from daemon import FIXTURES, Claude, Daemon

MANIFEST = """name = "Slow"
description = "Lets time pass"
command = ["python3", "-B", "main.py"]
autostart = true
[messages]
roles = ["user"]
"""
SHOWN = "You said: scenario:stall"  # half of it, which is all that comes


def until(connection, look):
    """What comes next that is as wanted."""
    while not look(frame := connection.receive()):
        pass
    return frame


def test_what_was_shown_of_an_answer_that_stalls_is_kept(tmp_path):
    children = tmp_path / "children"
    shutil.copytree(FIXTURES / "slow", children / "slow")
    shutil.copy(FIXTURES / "chatd_child.py", children)
    (children / "slow" / "manifest.toml").write_text(MANIFEST)
    claude = Claude()
    environment = {"ANTHROPIC_BASE_URL": claude.url, "ANTHROPIC_API_KEY": "test-key"}
    options = ["--data", tmp_path / "data", "--children", children, "--assistant", "claude"]
    run = Daemon(tmp_path, options, environment)
    try:
        run.await_ready()
        with Connection(run.ws_port) as connection:
            other = connection.ask("create_thread")["threads"][0]["id"]
            connection.ask("send_message", content="scenario:stall slow:0")
            shown = ""
            while shown != SHOWN:
                shown += until(connection, lambda f: f["type"] == "message_delta")["text"]
            # A child that takes three seconds is heard: so long the answer stands still.
            connection.ask("send_message", content="slow:3000", thread=other)
            until(connection, lambda f: '"after 3000 ms"' in json.dumps(f.get("messages", [])))
    finally:
        run.kill()
    run = Daemon(tmp_path, options, environment)
    try:
        run.await_ready()
        with Connection(run.ws_port) as connection:
            entries = connection.ask("get_messages")["messages"]
        answer = next(entry for entry in entries if entry.get("role") == "assistant")
        assert (answer["status"], answer["content"]) == ("interrupted", SHOWN)
    finally:
        run.kill()
        claude.close()
