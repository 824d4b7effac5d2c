"""Ends before it has said a word of MCP."""

import sys

from mcp_server import log

log("reading the settings")
log("the key for the weather is missing")
sys.exit(3)
