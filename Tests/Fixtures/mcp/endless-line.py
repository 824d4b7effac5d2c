"""Writes lines that are longer than anybody reads; `text` is how many MiB."""

from mcp_server import SILENCE, Server, log, tool


class EndlessLine(Server):
    tools = [*Server.tools, *map(tool, ("long", "endless", "answer", "answer-of-node"))]

    def call(self, name, given):
        if name in ("echo", "pid"):
            return super().call(name, given)
        number = self.request_id
        frames = {"answer": ('{"jsonrpc":"2.0","id":%d,"result":"' % number, '"}\n'),
                  "answer-of-node": ('{"result":"', '","jsonrpc":"2.0","id":%d}\n' % number)}
        before, after = frames.get(name, ("", "\n" if name == "long" else ""))
        self.write(before)
        for _ in range(int(given["text"])):
            self.write("x" * 1024 * 1024)
        self.write(after)
        log(f"{given['text']} MiB written")
        return super().call("pid", given) if name == "long" else SILENCE


EndlessLine().run()
