"""Runs any MCP server, as `[config]` of the manifest says, and offers its tools to chatd.

bridge.py speaks with chatd, as ../README.md has it; server.py speaks MCP with the server, which
program.py runs; tools.py puts the words of the one as the other takes them; settings.py reads
`[config]`.
"""

import asyncio
import os
import signal
import sys

from bridge import Bridge


async def main():
    """One session with chatd: the exit code, which is not 0 where the server failed."""
    bridge = Bridge(*await asyncio.open_unix_connection(os.environ["CHATD_SOCKET"]))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, bridge.end, 0)
    listening = asyncio.ensure_future(bridge.listen())
    await asyncio.wait({listening, bridge.over}, return_when=asyncio.FIRST_COMPLETED)
    if not bridge.over.done():
        listening.result()  # raises what went wrong with it
    code, why = await bridge.over
    # chatd may send one still; but our exit code says more than that we were ended by it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    await bridge.close()
    listening.cancel()
    if why:
        print(why, file=sys.stderr)  # the last line, which the certificate of its end shows
    return code


sys.exit(asyncio.run(main()))
