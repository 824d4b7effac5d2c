"""The MCP server: what it is asked and what it says, in JSON-RPC 2.0, a message a line.

MCP's specification, with and without a handshake: https://modelcontextprotocol.io/specification
"""

import asyncio
import contextlib
import json
import re

from program import LOG_LINE_BYTES, Program
from settings import Failure

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of MCP, the best first
STATELESS = "2026-07-28"  # has no handshake: each request says who asks, under these names
META = "io.modelcontextprotocol/"
CLIENT = {"name": "chatd", "version": "0.1.0"}
DAY_MS = 86_400_000  # for what has a deadline elsewhere
PROBE_MS = 3000  # for an answer to the first question without a handshake
PAGES = 100  # of its list of tools
TOLD_RUBBISH = 5  # so many lines that are no MCP are shown, the others counted
LEVELS = {"debug": "debug", "info": "info", "notice": "info", "warning": "warning"}
DONE = {"ping": {}, "roots/list": {"roots": []}}  # what a server may ask of us, and our results


class Request:
    """What the server has not answered yet; its deadline moves on when it reports progress."""

    def __init__(self, timeout_ms, longest_ms):
        self._loop = asyncio.get_running_loop()
        self.answer = self._loop.create_future()
        self._timeout_ms = timeout_ms
        self._latest = self._loop.time() + longest_ms / 1000, longest_ms
        self.progress()

    def progress(self):
        """Gives it its time anew, but never more than the longest; `allowed_ms` is which counts."""
        anew = self._loop.time() + self._timeout_ms / 1000, self._timeout_ms
        self._deadline, self.allowed_ms = min(anew, self._latest)

    async def answered(self, ended):
        """The answer; None once it is too late, or once `ended` is done."""
        while not self.answer.done() and not ended.done() and self._loop.time() < self._deadline:
            await asyncio.wait({self.answer, ended}, timeout=self._deadline - self._loop.time(),
                               return_when=asyncio.FIRST_COMPLETED)
        return self.answer.result() if self.answer.done() else None


class Server:
    """One run of an MCP server. `log` is awaited with a level and a text for people, `changed` is
    called when the server says that its tools have changed."""

    def __init__(self, settings, log, changed):
        self._settings, self._log, self._changed = settings, log, changed
        self._program = Program(self._take, self._drop)
        self._requests = {}  # by their ids
        self._last_id = 0
        self._meta = {}  # what each request says beside its params
        self._rubbish, self._last_rubbish = 0, ""
        self.ended = self._program.ended

    async def start(self):
        """Starts it and shakes hands: its name, its version, and its tools as it lists them."""
        timeout_ms = self._settings.start_timeout_ms
        await self._program.start(self._settings)
        try:
            return await asyncio.wait_for(self._shake_hands(), timeout_ms / 1000)
        except asyncio.TimeoutError:
            rubbish = self._rubbish and ("; what it wrote to its standard output was no MCP: "
                                         f"{self._last_rubbish[:200]}")
            raise Failure(f"the MCP server was not ready within {timeout_ms} ms{rubbish or ''}"
                          f"{self._program.last_words()}") from None

    async def _shake_hands(self):
        try:
            hello = await self._ask("initialize", {
                "protocolVersion": VERSIONS[0], "capabilities": {}, "clientInfo": CLIENT})
        except Failure as refusal:
            hello = await self._discover(refusal)
        else:
            version = hello.get("protocolVersion")
            if version not in VERSIONS:
                raise Failure(f"the MCP server speaks MCP {version!r}, the bridge {VERSIONS}")
            self._send({"method": "notifications/initialized"})
        about, able = hello.get("serverInfo"), hello.get("capabilities")
        about = about if isinstance(about, dict) else {}
        listed = await self.tools() if isinstance(able, dict) and "tools" in able else []
        return about.get("title") or about.get("name"), about.get("version"), listed

    async def _discover(self, refusal):
        """What a server says of itself that knows no handshake; else it is the refusal that counts.
        Those with a handshake are asked for that first, since some never answer anything else."""
        self._meta = {f"{META}protocolVersion": STATELESS, f"{META}clientInfo": CLIENT,
                      f"{META}clientCapabilities": {}}
        try:
            hello = await self._ask("server/discover", {}, PROBE_MS)
        except Failure:
            raise refusal from None
        versions = hello.get("supportedVersions")
        if not isinstance(versions, list) or STATELESS not in versions:
            raise refusal
        meta = hello.get("_meta")
        about = meta.get(f"{META}serverInfo") if isinstance(meta, dict) else None
        return {"serverInfo": about, **hello}

    async def tools(self):
        """Every tool, from all pages, as the server describes it."""
        tools, cursors = [], []
        for number in range(1, PAGES + 1):
            page = await self._ask("tools/list", {"cursor": cursors[-1]} if cursors else {},
                                   self._settings.start_timeout_ms)
            tools += page["tools"] if isinstance(page.get("tools"), list) else []
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str):
                return tools
            if cursor in cursors:
                break
            cursors.append(cursor)
        await self._warn(f"the list of tools does not end: page {number} is the last taken")
        return tools

    async def call(self, name, arguments):
        """The result of a tool. Whoever cancels this, cancels the call."""
        return await self._ask("tools/call", {"name": name, "arguments": arguments},
                               self._settings.call_timeout_ms, self._settings.call_timeout_max_ms)

    async def stop(self):
        """Ends it, and says how much rubbish was not shown."""
        await self._program.stop()
        if self._rubbish > TOLD_RUBBISH:
            await self._warn(f"{self._rubbish} lines that the MCP server wrote to its standard "
                             "output were no MCP")

    async def _ask(self, method, params, timeout_ms=DAY_MS, longest_ms=DAY_MS):
        self._last_id += 1
        number = self._last_id
        token = {"progressToken": number} if method == "tools/call" else {}
        if self._meta or token:
            params = {**params, "_meta": {**self._meta, **token}}
        request = self._requests[number] = Request(timeout_ms, longest_ms)
        answer = None
        try:
            self._send({"id": number, "method": method, "params": params})
            answer = await request.answered(self.ended)
        finally:
            del self._requests[number]
            if answer is None and method != "initialize":
                with contextlib.suppress(Failure):  # then it is dead, or will never know
                    self._send({"method": "notifications/cancelled", "params": {
                        "requestId": number, "reason": "the answer is not wanted any more"}})
        if answer is None:
            raise Failure(self.ended.result() if self.ended.done() else
                          f"the MCP server did not answer {method} within {request.allowed_ms} ms")
        if isinstance(answer.get("error"), dict):
            code = answer["error"].get("code")
            raise Failure(f"{method}: {answer['error'].get('message')}",
                          code if type(code) is int else -32603)
        if not isinstance(answer.get("result"), dict):
            raise Failure(f"the MCP server's answer to {method} has neither result nor error")
        return answer["result"]

    def _send(self, message):
        # Escaped: it then has no line separator in it, and no half of a surrogate pair.
        self._program.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    async def _warn(self, text):
        await self._log("warning", text)

    async def _take(self, line):
        try:
            messages = json.loads(line.decode())
        except (ValueError, RecursionError):
            messages = None
        # MCP 2025-03-26 has several messages in an array.
        for message in messages if isinstance(messages, list) else [messages]:
            if not isinstance(message, dict) or not await self._understands(message):
                self._rubbish += 1
                self._last_rubbish = text = line[:400].decode(errors="replace").strip()
                if self._rubbish <= TOLD_RUBBISH:
                    further = "; others are counted" if self._rubbish == TOLD_RUBBISH else ""
                    await self._warn("what the MCP server wrote to its standard output is no "
                                     f"MCP{further}: {text}")

    async def _drop(self, byte_count, ends):
        """A line was too long; where it can be told which request it answers, that has failed."""
        what = f"the MCP server wrote a line of more than {byte_count} bytes, which is dropped"
        await self._warn(what)
        found = re.match(rb'{"jsonrpc": ?"2.0", ?"id": ?(\d{1,15}),', ends) or re.search(
            rb',"id": ?(\d{1,15})}\s*\Z', ends)
        request = found and self._requests.get(int(found[1]))
        if request and not request.answer.done():
            request.answer.set_result({"error": {"code": -32603, "message": what}})

    async def _understands(self, message):
        """Does what a message asks for; False where that is nothing that MCP knows."""
        method, number = message.get("method"), message.get("id")
        if message.get("jsonrpc") != "2.0":
            return False
        if method is None:
            if type(number) is not int or not 0 < number <= self._last_id:
                return False
            if number in self._requests and not self._requests[number].answer.done():
                self._requests[number].answer.set_result(message)
            return True  # else it comes too late, and counts no more
        if number is None:
            await self._notice(method, message.get("params"))
        else:
            refusal = {"code": -32601, "message": f"the bridge does not offer {method}"}
            known = isinstance(method, str) and method in DONE
            with contextlib.suppress(Failure):
                self._send({"id": number, **(
                    {"result": DONE[method]} if known else {"error": refusal})})
        return True

    async def _notice(self, method, params):
        params = params if isinstance(params, dict) else {}
        if method == "notifications/tools/list_changed":
            self._changed()
        elif method == "notifications/progress" and type(params.get("progressToken")) is int:
            if params["progressToken"] in self._requests:
                self._requests[params["progressToken"]].progress()
        elif method == "notifications/message":
            data = params.get("data")
            text = data if isinstance(data, str) else json.dumps(data)
            await self._log(LEVELS.get(str(params.get("level")), "error"), text[:LOG_LINE_BYTES])
