// Recap: says who said how much in a thread, about what, and which questions are open.
// It asks chatd for what was said, page by page, with `history/get`. ../README.md has the protocol.
import { once } from "node:events";
import net from "node:net";

const WISH = /^\W*(?:recap|what did i miss)\W*$/i;
const DULL = /^(?:about|after|again|before|could|other|https|should|the(?:ir|re|se)|wh\w+|would)$/;
const LONGEST = 1_000_000; // characters: what was said before them is not looked at

// Who said what in an entry: pairs of a speaker and a text.
const voices = ({ type, author, role, content, child_responses = [] }) => type === "Message"
  ? [[author ?? (role === "user" ? "people" : role), content]]
  : child_responses.map(({ child_id, text }) => [child_id, text]);

// What was said before a message, oldest first: since the last recap, or as far as time allows.
async function readBack({ message: { thread, id }, deadline_ms: time }) {
  const pages = [], until = Date.now() + time / 2;
  for (let before = id, length = 0, start = 0; start === 0 && length < LONGEST;) {
    const { messages } = await ask("history/get", { thread, before, limit: 50 });
    if (messages.length === 0 || Date.now() > until) break;
    before = messages[0].id;
    start = messages.findLastIndex(({ content = "" }) => WISH.test(content)) + 1;
    pages.unshift(messages.slice(start).flatMap(voices).filter(([, text]) => text));
    length += pages[0].reduce((sum, [, text]) => sum + text.length, 0);
  }
  return pages.flat();
}

// Each of some keys with how often it comes, the most frequent first.
function tally(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function markdown(spoken) {
  const words = tally(spoken.flatMap(([who, text]) => text.split(/\s+/).map(() => who)));
  const talk = spoken.filter(([who]) => who === "people" || who === "assistant");
  const topics = tally(talk.flatMap(([, text]) => text.toLowerCase().match(/\p{L}{5,}/gu) ?? [])
    .filter((word) => !DULL.test(word)));
  const open = talk.filter(([who, text], at) =>
    who === "people" && text.trimEnd().endsWith("?") && talk[at + 1]?.[0] !== "assistant");
  return [
    `📜 **Words:** ${words.slice(0, 9).map((pair) => pair.join(" ")).join(", ") || "none"}`,
    `**About:** ${topics.slice(0, 8).map(([word]) => `*${word}*`).join(", ") || "little"}`,
    `**Open questions:** ${open.length || "none"}`,
    ...open.slice(-5).map(([, text]) => `- ${text.replace(/\s+/g, " ").slice(-200)}`),
  ].join("\n\n");
}

let asked = 0, received = Buffer.alloc(0);
async function ask(method, params) {
  write({ id: `${++asked}`, method, params });
  const [{ result, error }] = await once(chatd, `answer ${asked}`);
  return error ? Promise.reject(error) : result;
}

function write(message) {
  const body = Buffer.from(`....${JSON.stringify({ jsonrpc: "2.0", ...message })}`);
  body.writeUInt32BE(body.length - 4); // over the four dots
  chatd.write(body);
}

async function take({ id, method, params, ...answer }) {
  if (!method) return chatd.emit(`answer ${id}`, answer);
  if (id === undefined) return; // a notification: never answered
  const isWish = method === "message" && WISH.test(params.message.content);
  write({ id, ...!isWish ? { result: {} } : await readBack(params).then(
    (spoken) => ({ result: { text: markdown(spoken) } }), (error) => ({ error })) });
}

const chatd = net.connect(process.env.CHATD_SOCKET, () => chatd.on("error", () => process.exit()));
chatd.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (let end; received.length >= 4 && received.length >= (end = received.readUInt32BE() + 4); ) {
    take(JSON.parse(received.toString("utf8", 4, end)));
    received = received.subarray(end);
  }
});
