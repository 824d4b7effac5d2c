// @ts-check
// Markdown to DOM, block by block, so that a text that grows is drawn only where it grew.

import { Lexer, Parser, Renderer, getDefaults } from '../vendor/marked.esm.js';
import { copyButton } from './clipboard.js';
import { h, t } from './dom.js';
import { later } from './later.js';
import { mathExtensions } from './math.js';
import { sanitizeMarkdown } from './sanitize.js';

// Inline HTML that models write and people expect to work. Any other is shown as it was typed:
// somebody who writes Vec<String> wants to read that.
const INLINE_HTML = /^<\/?(?:b|br|em|i|kbd|mark|s|strong|sub|sup|u) ?\/?>$/i;

const renderer = new Renderer();
renderer.html = (/** @type {string} */ html) => (INLINE_HTML.test(html) ? html : escape(html));
renderer.checkbox = (/** @type {boolean} */ checked) => (checked ? '☑ ' : '☐ ');
renderer.listitem = (/** @type {string} */ text, /** @type {boolean} */ isTask) => (
  `<li${isTask ? ' class="task"' : ''}>${text}</li>\n`
);
// An image would be a request to another machine. Its place is taken by a link.
renderer.image = (/** @type {any} */ href, /** @type {any} */ _, /** @type {any} */ alt) => (
  `<a href="${escape(href ?? '')}">${escape(alt || href || '')}</a>`
);

/** @type {any} */
const options = {
  ...getDefaults(), breaks: true, headerIds: false, mangle: false, renderer,
  extensions: mathExtensions(escape),
};

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** An element that shows a Markdown text and can be given a longer one. */
export class MarkdownView {
  /** @type {{raw: string, element: HTMLElement}[]} */
  #blocks = [];
  /** @type {[string, boolean] | null} */
  #shown = null;
  /** What is not read again while the text grows, and how many blocks it became. */
  #read = '';
  #finished = 0;
  /** @type {any} */
  #links = {};

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    element.classList.add('markdown');
  }

  /**
   * Shows `text`. While it grows, only its last two blocks are read again, and the last one is
   * provisional: its code is not highlighted yet.
   * @param {string} text
   * @param {boolean} [isGrowing]
   */
  show(text, isGrowing = false) {
    if (this.#shown?.[0] === text && this.#shown[1] === isGrowing) return;
    this.#shown = [text, isGrowing];
    const source = plain(text);
    if (!isGrowing || !source.startsWith(this.#read)) {
      this.#read = '';
      this.#finished = 0;
      this.#links = {};
    }
    // The parser sees a code block that has no end yet only at the end of a line.
    const rest = `${source.slice(this.#read.length)}\n`;
    /** @type {any} */
    const lexer = new Lexer(options);
    lexer.tokens.links = this.#links;
    const asTyped = { type: 'text', raw: rest, text: escape(rest) };
    const tokens = orPlain(() => lexer.lex(rest), [asTyped]);
    // A link may be defined below the words that it belongs to.
    if (!isGrowing && Object.keys(this.#links).length > 0) this.#blocks.forEach(forget);
    const blocks = tokens.filter((/** @type {any} */ one) => one.type !== 'space');
    blocks.forEach((/** @type {any} */ token, /** @type {number} */ i) => {
      this.#draw(this.#finished + i, token, isGrowing && i === blocks.length - 1);
    });
    for (const { element } of this.#blocks.splice(this.#finished + blocks.length)) element.remove();
    if (isGrowing) this.#finish(rest, tokens, blocks);
  }

  /**
   * @param {number} i
   * @param {any} token
   * @param {boolean} isOpen
   */
  #draw(i, token, isOpen) {
    const raw = (isOpen ? 'open:' : 'done:') + token.raw;
    if (this.#blocks[i]?.raw === raw) return;
    const block = h('div.block', { dir: 'auto' }, render(token, isOpen));
    if (this.#blocks[i]) this.#blocks[i].element.replaceWith(block);
    else this.element.append(block);
    this.#blocks[i] = { raw, element: block };
  }

  /**
   * Takes all but the last two blocks for finished: more text can join those two, never what
   * stands before them.
   * @param {string} rest
   * @param {any[]} tokens
   * @param {any[]} blocks
   */
  #finish(rest, tokens, blocks) {
    if (blocks.length < 3) return;
    const open = tokens.slice(tokens.indexOf(blocks[blocks.length - 2]))
      .map(({ raw }) => raw).join('');
    // The parser leaves link definitions out: behind one there is no telling where a block begins.
    if (!rest.endsWith(open)) return;
    this.#read += rest.slice(0, rest.length - open.length);
    this.#finished += blocks.length - 2;
  }
}

/**
 * What is nested a thousand times is more than the parser's stack can bear: that is shown as it is.
 * @template T
 * @param {() => T} parse
 * @param {T} plain
 */
function orPlain(parse, plain) {
  try {
    return parse();
  } catch {
    return plain;
  }
}

/** @param {{raw: string}} block to be drawn again */
function forget(block) {
  block.raw = '';
}

/**
 * The text with line ends and indentation as the parser makes them, so that places in it are
 * places in what the parser returns.
 * @param {string} text
 */
function plain(text) {
  return text.replace(/\r\n?/g, '\n')
    .replace(/^( *)(\t+)/gm, (_, spaces, tabs) => spaces + '    '.repeat(tabs.length));
}

/**
 * @param {any} token
 * @param {boolean} isOpen
 */
function render(token, isOpen) {
  const html = orPlain(() => new Parser(options).parse([token]), `<p>${escape(token.raw)}</p>`);
  const fragment = sanitizeMarkdown(html ?? '');
  for (const pre of fragment.querySelectorAll('pre')) dressCode(pre, isOpen);
  for (const table of fragment.querySelectorAll('table')) {
    const scroller = h('div.table-scroll', { tabindex: '0', role: 'group' });
    scroller.ariaLabel = t('tableLabel');
    table.replaceWith(scroller);
    scroller.append(table);
  }
  const formulas = fragment.querySelectorAll('.math');
  if (formulas.length > 0) dress(later.math(), ({ drawMath }) => drawMath(formulas));
  return fragment;
}

/**
 * Code gets a bar with its language and a button that copies it.
 * @param {HTMLElement} pre
 * @param {boolean} isOpen
 */
function dressCode(pre, isOpen) {
  const code = pre.querySelector('code') ?? pre;
  const language = /language-([\w+#-]+)/.exec(code.className)?.[1] ?? '';
  pre.tabIndex = 0;
  pre.dir = 'ltr';
  const figure = h(
    'div.code', null,
    h('div.code-bar', null, h('span.code-language', null, language),
      copyButton(t('copyCode'), () => code.textContent ?? '')),
  );
  pre.replaceWith(figure);
  figure.append(pre);
  if (!isOpen && language) dress(later.highlight(), ({ highlight }) => highlight(code, language));
}

/**
 * What can be read as it is too becomes what it should look like; where that does not load, it is
 * tried again with the next text.
 * @template T
 * @param {Promise<T>} loading
 * @param {(module: T) => void} draw
 */
function dress(loading, draw) {
  loading.then(draw, () => {});
}
