// {{title}}: a child of chatd. Your own code goes into `reply`; the rest speaks the protocol.
//
// chatd asks, the child answers, one frame at a time: a length of four bytes, big-endian, then that
// many bytes of JSON. What is printed goes to the child's log.
import net from "node:net";

// What to say to a message, in Markdown; null says nothing. May await what it likes. This is yours.
async function reply(text) {
  return `I heard **${text.split(/\s+/).filter(Boolean).length}** words`;
}

// The result of a request. What it throws becomes an error, whose message people see.
async function result(method, params) {
  switch (method) {
    case "message": {
      const text = await reply(params.message.content);
      return text ? { text } : null;
    }
    case "initialize": // params has state and config
    case "ping":
    case "shutdown":
      return {};
    default:
      throw Object.assign(new Error(`no such method: ${method}`), { code: -32601 });
  }
}

async function answer({ id, method, params }) {
  if (id === undefined || method === undefined) return; // a notification, such as `cancel`
  const outcome = await result(method, params).then((value) => ({ result: value }), (error) => {
    const isUnknown = error?.code === -32601;
    if (!isUnknown) console.error(error); // people see what went wrong, the log has where
    return { error: { code: isUnknown ? -32601 : -32000, message: `${error?.message ?? error}` } };
  });
  const body = Buffer.from(`....${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}`);
  body.writeUInt32BE(body.length - 4); // over the four dots
  if (chatd.writable) method === "shutdown" ? chatd.end(body) : chatd.write(body);
}

// Bytes come in pieces and in heaps: what is no whole frame yet is kept.
let received = Buffer.alloc(0);
const chatd = net.connect(process.env.CHATD_SOCKET, () => {
  chatd.on("error", () => process.exit()); // chatd went before our answer: then we go, too
});
chatd.on("end", () => process.exit()); // chatd is done with us, whatever we are at
chatd.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (let end; received.length >= 4 && received.length >= (end = received.readUInt32BE() + 4); ) {
    answer(JSON.parse(received.toString("utf8", 4, end)));
    received = received.subarray(end);
  }
});
