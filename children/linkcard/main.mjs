// Linkcard: shows where a link leads before anybody follows it. It opens none: a card is made of
// the address alone, as `html` for the page and as `text` for everybody else.
// ../README.md has the protocol.
import net from "node:net";
import { domainToUnicode } from "node:url";

const LINKS = /\bhttps?:\/\/[^\s<>"]{1,2000}/gi;
const BEHIND = /(?:[.,;:!?'*\]]|(?<!\([^()]*)\))+$/; // belongs to the sentence, not to the link
const HARMFUL = /\b(?:(?:javascript|vbscript):(?=\S)|data:(?=[\w/+.-]{0,99}[;,]\S)|file:(?=\/\/))/i;
const LINK_COUNT = 3, QUERY_COUNT = 8, LONGEST = 120; // of a message; of a link; characters shown

// What comes from an address must be markup to nobody: all of it goes through one of these two.
const inHTML = (text) => text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
const inMarkdown = (text) => text.replace(/[\\`*_~[\]<>|&]/g, "\\$&");

// On one line, and without what is invisible or turns the direction of writing.
function plain(text) {
  const shown = text.replace(/[\p{C}\s]+/gu, " ").trim();
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

// A path or a fragment in words.
function words(part) {
  const steps = part.split("/").map((step) => {
    try { return decodeURIComponent(step); } catch { return step; } // it is no UTF-8
  });
  return plain(steps.filter(Boolean).join(" › ").replace(/[-_+]+/g, " "));
}

// A link's card: where it leads, what it asks for, and what one might overlook.
function card(url) {
  const host = domainToUnicode(url.hostname) || url.hostname;
  const name = host + (url.port && `:${url.port}`);
  const facts = [
    ["leads to", words(url.pathname)],
    ...[...url.searchParams].slice(0, QUERY_COUNT).map((query) => query.map(plain)),
    ["at", words(url.hash.slice(1))],
    ["⚠️ spelled", host === url.hostname ? "" : url.hostname],
    ["⚠️ not its host", words(url.username)],
    ["⚠️ not encrypted", url.protocol === "http:" ? "others can read it on its way" : ""],
  ].filter(([, fact]) => fact);
  const rows = facts.map((pair) => pair.map(inHTML)).map(([label, fact]) =>
    `<tr><th>${label}</th><td>${fact}</td></tr>`);
  return {
    html: `<h3>🔗 <a href="${inHTML(url.href)}">${inHTML(name)}</a></h3>`
      + `<table>${rows.join("")}</table>`,
    text: [`🔗 **${inMarkdown(name)}**`, ...facts.map((pair) => pair.map(inMarkdown).join(": "))]
      .join(" · "),
  };
}

// What to say to a message: its links' cards, and a word about what must not be opened at all.
function reply({ message: { content } }) {
  const links = (content.match(LINKS) ?? []).slice(0, LINK_COUNT)
    .map((link) => link.replace(BEHIND, ""));
  const cards = links.filter((link) => URL.canParse(link)).map((link) => card(new URL(link)));
  for (const harmful of content.match(HARMFUL) ?? []) {
    const warning = `⛔ What begins with ${harmful.toLowerCase()} is no place: don't open it.`;
    cards.push({ html: `<p>${inHTML(warning)}</p>`, text: warning });
  }
  if (cards.length === 0) return { decline: true };
  return { html: cards.map(({ html }) => html).join(""),
    text: cards.map(({ text }) => text).join("\n\n") };
}

let received = Buffer.alloc(0);
const chatd = net.connect(process.env.CHATD_SOCKET, () => chatd.on("error", () => process.exit()));
chatd.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (let end; received.length >= 4 && received.length >= (end = received.readUInt32BE() + 4); ) {
    const { id, method, params } = JSON.parse(received.toString("utf8", 4, end));
    received = received.subarray(end);
    if (id === undefined || method === undefined) continue; // a notification: never answered
    const result = method === "message" ? reply(params) : {};
    const body = Buffer.from(`....${JSON.stringify({ jsonrpc: "2.0", id, result })}`);
    body.writeUInt32BE(body.length - 4); // over the four dots
    method === "shutdown" ? chatd.end(body) : chatd.write(body); // end() waits until it is sent
  }
});
