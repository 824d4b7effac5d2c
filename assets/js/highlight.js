// @ts-check
// Colours code with Prism, which is loaded when the first code block comes. Prism only cuts the
// text into tokens; the elements are made here, from text nodes.

import { h } from './dom.js';

const NEEDS = /** @type {Record<string, string[]>} */ ({
  javascript: ['clike'], typescript: ['javascript'], c: ['clike'], cpp: ['c'], go: ['clike'],
  java: ['clike'], ruby: ['clike'], swift: [], rust: [], json: [], markup: [], css: [], python: [],
  bash: [], toml: [], yaml: [], perl: [], sql: [], diff: [], ini: [], makefile: [], lua: [],
  docker: [], erlang: [],
});
const ALIASES = /** @type {Record<string, string>} */ ({
  js: 'javascript', mjs: 'javascript', node: 'javascript', ts: 'typescript', py: 'python',
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', html: 'markup', xml: 'markup',
  svg: 'markup', yml: 'yaml', rb: 'ruby', rs: 'rust', golang: 'go', 'c++': 'cpp', h: 'c',
  make: 'makefile', dockerfile: 'docker', patch: 'diff', jsonc: 'json', pl: 'perl', erl: 'erlang',
});

/** Beyond this many characters colouring costs more than it helps. */
const MOST = 50_000;

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/**
 * Colours a code element; one in an unknown language stays as it is.
 * @param {Element} code
 * @param {string} language as written after the fence
 */
export async function highlight(code, language) {
  const lower = language.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  const text = code.textContent ?? '';
  if (!Object.hasOwn(NEEDS, name) || text.length > MOST) return;
  try {
    await load(name);
  } catch {
    return; // Without the grammar the code is readable all the same.
  }
  const prism = /** @type {any} */ (window).Prism;
  const grammar = prism?.languages?.[name];
  if (grammar) code.replaceChildren(...nodes(prism.tokenize(text, grammar)));
}

/** @param {string} name @returns {Promise<void>} */
async function load(name) {
  await once('core');
  for (const need of NEEDS[name]) await load(need);
  await once(name);
}

/** @param {string} name */
function once(name) {
  const known = loaded.get(name);
  if (known) return known;
  // Prism colours the whole page by itself unless it is told not to.
  const page = /** @type {any} */ (window);
  page.Prism ??= { manual: true };
  const loading = new Promise((resolve, reject) => {
    const src = new URL(`../vendor/prism/${name}.js`, import.meta.url).href;
    document.head.append(h('script', { src, onload: resolve, onerror: reject }));
  });
  loaded.set(name, /** @type {Promise<void>} */ (loading));
  return /** @type {Promise<void>} */ (loading);
}

/**
 * @param {any} tokens
 * @returns {(Node | string)[]}
 */
function nodes(tokens) {
  return [tokens].flat().map((token) => (typeof token === 'string'
    ? token
    : h('span', { class: `token ${[token.type, token.alias].flat().filter(Boolean).join(' ')}` },
      ...nodes(token.content))));
}
