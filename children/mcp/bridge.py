"""chatd's side of the bridge: the child's requests, answered with what the MCP server says."""

import asyncio
import contextlib
import json

import settings
import tools
from server import Server
from settings import Failure, Misconfigured

PAUSE_S = 1  # before another look at tools that change: they may do so all the time


class Bridge:
    """One session with chatd; `over` is a future of its exit code and of what the last line
    of the log has to say, if anything."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._server = self._looking = None
        self._tasks = {}  # of the requests that take their time, by their ids
        self._limit = 1024 * 1024  # bytes of a frame to chatd
        self._known = None  # the tools that chatd was told of, by name
        self._changed = []  # the names of those that are not as chatd was told
        self.over = asyncio.get_running_loop().create_future()

    def end(self, code, why=None):
        """Ends the session, where it has not ended yet."""
        if not self.over.done():
            self.over.set_result((code, why))

    async def listen(self):
        """Takes what chatd says until its stream ends."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int.from_bytes(await self._reader.readexactly(4), "big")
                self._take(json.loads(await self._reader.readexactly(length)))
        self.end(0)

    async def close(self):
        """Ends the server and leaves nothing of it; what was held has its answer."""
        code, _ = self.over.result()
        for task in list(self._tasks.values()) if code == 0 else ():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._server:
            await self._server.stop()
        self._writer.close()
        with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), PAUSE_S)

    def _take(self, frame):
        method, number, params = frame.get("method"), frame.get("id"), frame.get("params", {})
        if method == "cancel" and params.get("id") in self._tasks:
            self._tasks[params["id"]].cancel()
        if method is None or number is None:
            return
        if method == "initialize":
            self._tasks[number] = asyncio.ensure_future(self._answer(number, self._start(params)))
        elif method == "tools/call":
            self._tasks[number] = asyncio.ensure_future(self._answer(number, self._call(params)))
        elif method in ("ping", "shutdown"):
            self._send({"id": number, "result": {}})
        else:  # `message`, too: the bridge itself has nothing to say
            self._send({"id": number, "error": {
                "code": -32601, "message": f"no such method: {method}"}})
        if method == "shutdown":
            self.end(0)

    async def _answer(self, number, work):
        try:
            self._send({"id": number, "result": await work})
        except Failure as failure:
            self._send({"id": number, "error": {"code": failure.code, "message": str(failure)}})
        finally:
            del self._tasks[number]

    async def _start(self, params):
        self._limit = params.get("limits", {}).get("frame_bytes", self._limit)
        try:
            wanted = settings.read(params.get("config", {}))
            self._server = Server(wanted, self._log, self._look_again)
            name, version, listed = await self._server.start()
        except Failure as failure:
            self.end(78 if isinstance(failure, Misconfigured) else 1)
            raise
        self._server.ended.add_done_callback(lambda ended: self.end(1, ended.result()))
        offered, flaws = tools.offered(listed, self._limit)
        for flaw in flaws[:100]:
            await self._log("warning", flaw)
        if not listed:
            await self._log("warning", "the MCP server offers no tools")
        self._known = {tool["name"]: tool for tool in offered}
        who = {"name": name, "version": version}
        return {**{k: v[:200] for k, v in who.items() if isinstance(v, str)}, "tools": offered}

    async def _call(self, params):
        if self._known is None:
            raise Failure("the MCP server is not ready yet")
        name, arguments = params.get("name"), params.get("arguments")
        result = await self._server.call(name, {} if arguments is None else arguments)
        outcome = tools.outcome(result, self._limit)
        if outcome is None:
            raise Failure(f"what the MCP server answered is no result of a tool: {result}")
        return outcome

    def _look_again(self):
        """The tools have changed. chatd learns them at the start alone, and to start again by
        ourselves would lose what the server holds, time and again with one whose tools follow what
        it is asked; so people are told, and decide."""
        if self._known is not None and (self._looking is None or self._looking.done()):
            self._looking = asyncio.ensure_future(self._compare())

    async def _compare(self):
        await asyncio.sleep(PAUSE_S)  # what changes meanwhile is seen, too
        self._looking = None
        try:
            offered, _ = tools.offered(await self._server.tools(), self._limit)
        except Failure as failure:
            return await self._log("warning", f"the tools have changed, but: {failure}")
        now = {tool["name"]: tool for tool in offered}
        names = sorted(name for name in {*now, *self._known}
                       if now.get(name) != self._known.get(name))
        if names != self._changed:
            self._changed = names
            await self._log("warning", "the tools of the MCP server have changed; restart the "
                                       f"child to have them as they are: {', '.join(names)[:1000]}")

    async def _log(self, level, message):
        self._send({"method": "log", "params": {"level": level, "message": message}})
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()  # the server waits while chatd does not read

    def _send(self, message):
        body = tools.encode({"jsonrpc": "2.0", **message})
        self._writer.write(len(body).to_bytes(4, "big") + body)
