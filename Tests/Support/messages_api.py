#!/usr/bin/env python3
"""Starts a Messages API server for tests on 127.0.0.1 and says where it is on standard output.

It ends at SIGTERM, and with `--until-eof` when standard input ends: it never outlives a test.
"""

import argparse
import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from messages_api.server import MessagesServer
from messages_api.tls import encrypt


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--scenario", default="normal", help="for requests that name none")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    parser.add_argument("--lenient-roles", action="store_true", help="roles need not alternate")
    parser.add_argument(
        "--lacks", action="append", default=[],
        choices=["count_tokens", "models", "tool_choice", "cache_control"],
        help="what a local server may lack; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--lack-status", type=int, default=404, help="what a path gives that it lacks"
    )
    parser.add_argument(
        "--vague", action="store_true", help="do not say which field of a request it lacks"
    )
    parser.add_argument("--no-key", action="store_true", help="take requests without a key")
    parser.add_argument("--openai-models", action="store_true", help="list models as OpenAI does")
    parser.add_argument("--models-page", type=int, help="list at most so many at once")
    parser.add_argument("--context", type=int, help="tokens that a request and its answer may have")
    parser.add_argument(
        "--cache-minimum", type=int, default=0, help="tokens below which nothing is cached"
    )
    parser.add_argument(
        "--tls", action="store_true", help="speak TLS with a certificate of its own"
    )
    parser.add_argument(
        "--http2", action="store_true", help="speak HTTP/2 too, over TLS; needs h2"
    )
    parser.add_argument(
        "--proxy", action="append", default=[], metavar="BEHAVIOUR",
        help="start a proxy in front, too (messages_api/proxy.py lists them); may be given again",
    )  # fmt: skip
    return parser.parse_args()


def main():
    """Serves until told to end."""
    arguments = parse_arguments()
    if arguments.http2:
        find_http2()
    server = MessagesServer(
        arguments.port, arguments.scenario, not arguments.lenient_roles, arguments.lacks,
        arguments.openai_models, arguments.context, arguments.lack_status, arguments.vague,
        not arguments.no_key, arguments.models_page, arguments.cache_minimum,
    )  # fmt: skip
    ready = {"ready": True}
    with tempfile.TemporaryDirectory() as folder:
        if arguments.tls or arguments.http2:
            ready["ca"] = encrypt(server, folder, ["h2", "http/1.1"] if arguments.http2 else [])
        ready["proxies"] = {name: server.add_proxy(name) for name in arguments.proxy}
        signal.signal(signal.SIGTERM, lambda *_: stop(server))
        # A parent's thread may have passed on a mask that blocks it.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if arguments.until_eof:
            threading.Thread(target=wait_for_eof, args=(server,), daemon=True).start()
        print(json.dumps(ready | {"url": server.url}), flush=True)
        server.serve_forever(poll_interval=0.05)


def find_http2():
    """Goes on in the tests' own environment if this Python has no `h2`."""
    own = Path(__file__).resolve().parents[2] / ".venv"
    if importlib.util.find_spec("h2"):
        return
    if Path(sys.prefix).resolve() == own or not (own / "bin" / "python").exists():
        sys.exit("messages_api.py: --http2 needs h2: scripts/setup.sh --test installs it")
    python = own / "bin" / "python"
    os.execv(python, [python, "-B", *sys.argv])


def stop(server):
    """Ends the loop, which the handler of a signal interrupts: so another thread waits for it."""
    threading.Thread(target=server.shutdown, daemon=True).start()


def wait_for_eof(server):
    """Ends the loop once nobody holds the other end of standard input."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.shutdown()


if __name__ == "__main__":
    main()
