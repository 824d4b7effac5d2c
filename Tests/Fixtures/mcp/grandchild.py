"""Starts a process of its own, which outlives it where nobody ends it."""

import subprocess

from mcp_server import Server, log

log(f"grandchild {subprocess.Popen(['sleep', '1000']).pid}")
Server().run()
