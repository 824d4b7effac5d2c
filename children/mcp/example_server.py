"""An MCP server with one tool, to try the bridge with and to start one's own from.

MCP over stdio: a JSON-RPC 2.0 message a line, requests on standard input, answers on standard
output, where nothing else may be printed. https://modelcontextprotocol.io
"""

import datetime
import json
import sys

TOOL = {
    "name": "days_until",
    "title": "Days until a date",
    "description": "Counts the days from today until a date, or back to one that is over",
    "inputSchema": {"type": "object", "required": ["date"], "properties": {
        "date": {"type": "string", "description": "YYYY-MM-DD"}}},
    "annotations": {"readOnlyHint": True},
}


def call(arguments):
    """The result of the tool; one with `isError` tells the model what to do better."""
    try:
        days = (datetime.date.fromisoformat(arguments["date"]) - datetime.date.today()).days
        text = f"{days} days"
    except (KeyError, TypeError, ValueError) as error:
        return {"content": [{"type": "text", "text": f"date: {error}"}], "isError": True}
    return {"content": [{"type": "text", "text": text}], "isError": False}


def answer(method, params):
    """The outcome of a request."""
    if method == "initialize":
        return {"result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                           "serverInfo": {"name": "example", "version": "0.1.0"}}}
    if method == "tools/list":
        return {"result": {"tools": [TOOL]}}
    if method == "tools/call" and params.get("name") == TOOL["name"]:
        return {"result": call(params.get("arguments", {}))}
    if method == "tools/call":
        return {"error": {"code": -32602, "message": f"there is no tool {params.get('name')}"}}
    if method == "ping":
        return {"result": {}}
    return {"error": {"code": -32601, "message": f"no such method: {method}"}}


for line in sys.stdin:
    request = json.loads(line)
    if "id" in request and "method" in request:
        outcome = answer(request["method"], request.get("params", {}))
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}), flush=True)
