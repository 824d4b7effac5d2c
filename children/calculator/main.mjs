// Calculator: works out the arithmetic it finds in a message, else says nothing.
// A child connects to CHATD_SOCKET and answers what it is asked, one frame at a time: a length of
// four bytes, big-endian, then that many bytes of JSON. ../README.md has the whole protocol.
import net from "node:net";

const TOOL = {
  name: "calculate",
  description: "Works out an expression of numbers, + - * / ^ and parentheses",
  inputSchema: { type: "object", required: ["expression"],
    properties: { expression: { type: "string" } } },
};
const LONGEST = 200; // characters of an expression: bounds how deep parentheses nest
const BINDS = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 3 };
const APPLY = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b,
  "/": (a, b) => a / b, "^": (a, b) => a ** b };

// Takes from the tokens what binds more tightly than `above`, and returns its value.
function parse(tokens, above = 0) {
  const token = tokens.shift() ?? "the end";
  let value = token === "-" ? -parse(tokens, 2) : token === "(" ? parse(tokens) : Number(token);
  if (token === "(" && tokens.shift() !== ")") throw new Error("a parenthesis is not closed");
  if (!/^[-(\d]/.test(token)) throw new Error(`${token} stands where a number should`);
  while (BINDS[tokens[0]] > above) {
    const operator = tokens.shift();
    value = APPLY[operator](value, parse(tokens, operator === "^" ? 2 : BINDS[operator]));
  }
  return value;
}

// The value of an expression as text; throws an Error that says what is wrong with it.
function evaluate(expression) {
  if (expression.length > LONGEST) throw new Error(`longer than ${LONGEST} characters`);
  const tokens = expression.replaceAll(",", "").match(/\d+(?:\.\d+)?|\S/g) ?? [];
  const value = parse(tokens);
  if (tokens.length > 0) throw new Error(`${tokens[0]} stands where an operator should`);
  return Number.isFinite(value) ? `${Number(value.toPrecision(12))}` : "beyond all numbers 🙃";
}

// Every sum in a text with its value. Words with letters and dates are left out before.
function sums(text) {
  const bare = text.replace(/\S+/g, (word) => (/\p{L}|\d-\d\d-\d/u.test(word) ? ";" : word));
  const runs = bare.match(/(?:\d,(?=\d{3})|[\d.()+*/^ -])+/g) ?? [];
  return runs.filter((run) => /[\d)] *[-+*/^] *[-(\d]/.test(run)).flatMap((run) => {
    const expression = run.trim().replace(/\.$/, "");
    try { return [`\`${expression}\` = **${evaluate(expression)}**`]; } catch { return []; }
  });
}

const methods = { // what each answers to its params
  initialize: () => ({ tools: [TOOL] }),
  message: ({ message }) => {
    const text = sums(message.content).slice(0, 9).join("  \n"); // two spaces break a line
    return text ? { text } : { decline: true };
  },
  "tools/call": ({ arguments: given }) => {
    const expression = `${given?.expression ?? ""}`;
    try { return { content: [{ type: "text", text: evaluate(expression) }], isError: false }; }
    catch ({ message: text }) { return { content: [{ type: "text", text }], isError: true }; }
  },
  ping: () => ({}), shutdown: () => ({}),
};

function answer({ id, method, params = {} }) {
  if (id === undefined || method === undefined) return; // a notification
  const outcome = Object.hasOwn(methods, method) ? { result: methods[method](params) }
    : { error: { code: -32601, message: `no such method: ${method}` } };
  const body = Buffer.from(`....${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}`);
  body.writeUInt32BE(body.length - 4); // over the four dots
  method === "shutdown" ? chatd.end(body) : chatd.write(body); // end() waits until it is sent
}
let received = Buffer.alloc(0);
const chatd = net.connect(process.env.CHATD_SOCKET, () => chatd.on("error", () => process.exit()));
chatd.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (let end; received.length >= 4 && received.length >= (end = received.readUInt32BE() + 4); ) {
    answer(JSON.parse(received.toString("utf8", 4, end)));
    received = received.subarray(end);
  }
});
