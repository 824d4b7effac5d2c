"""Ends neither with its standard input nor by SIGTERM."""

import os
import signal

from mcp_server import Server, log

signal.signal(signal.SIGTERM, lambda *_: log("ignoring SIGTERM"))
log(f"pid {os.getpid()}")
Server().run()
log("ignoring the end of standard input")
while True:
    signal.pause()
