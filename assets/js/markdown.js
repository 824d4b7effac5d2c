// @ts-check
// Markdown to DOM, block by block, so that a text that grows is drawn only where it grew.

import { getDefaults, marked } from '../vendor/marked.esm.js';
import { copyButton } from './clipboard.js';
import { h } from './dom.js';
import { highlight } from './highlight.js';
import { sanitizeMarkdown } from './sanitize.js';
import { t } from './strings.js';

// Inline HTML that models write and people expect to work. Any other is shown as it was typed:
// somebody who writes Vec<String> wants to read that.
const INLINE_HTML = /^<\/?(?:b|br|em|i|kbd|mark|s|strong|sub|sup|u) ?\/?>$/i;

const renderer = new marked.Renderer();
renderer.html = (/** @type {string} */ html) => (INLINE_HTML.test(html) ? html : escape(html));
renderer.checkbox = (/** @type {boolean} */ checked) => (checked ? '☑ ' : '☐ ');
// An image would be a request to another machine. Its place is taken by a link.
renderer.image = (/** @type {any} */ href, /** @type {any} */ _, /** @type {any} */ alt) => (
  `<a href="${escape(href ?? '')}">${escape(alt || href || '')}</a>`
);

/** @type {any} */
const options = { ...getDefaults(), breaks: true, headerIds: false, mangle: false, renderer };

/** @param {string} text */
function escape(text) {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** An element that shows a Markdown text and can be given a longer one. */
export class MarkdownView {
  /** @type {{raw: string, element: HTMLElement}[]} */
  #blocks = [];

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    element.classList.add('markdown');
  }

  /**
   * Shows `text`. While it grows, the last block is provisional: its code is not highlighted yet.
   * @param {string} text
   * @param {boolean} [isGrowing]
   */
  show(text, isGrowing = false) {
    // The parser sees a code block that has no end yet only at the end of a line.
    /** @type {any} */
    const tokens = marked.lexer(`${text}\n`, options);
    const { links } = tokens;
    const shown = tokens.filter((/** @type {any} */ one) => !['space', 'def'].includes(one.type));
    shown.forEach((/** @type {any} */ token, /** @type {number} */ i) => {
      const isOpen = isGrowing && i === shown.length - 1;
      const raw = (isOpen ? 'open:' : 'done:') + token.raw;
      if (this.#blocks[i]?.raw === raw) return;
      const block = h('div', { class: 'block', dir: 'auto' }, render(token, links, isOpen));
      if (this.#blocks[i]) this.#blocks[i].element.replaceWith(block);
      else this.element.append(block);
      this.#blocks[i] = { raw, element: block };
    });
    for (const { element } of this.#blocks.splice(shown.length)) element.remove();
  }
}

/**
 * @param {any} token
 * @param {any} links
 * @param {boolean} isOpen
 */
function render(token, links, isOpen) {
  const tokens = Object.assign([token], { links });
  const fragment = sanitizeMarkdown(marked.parser(tokens, options) ?? '');
  for (const pre of fragment.querySelectorAll('pre')) dressCode(pre, isOpen);
  for (const table of fragment.querySelectorAll('table')) {
    const scroller = h('div', { class: 'table-scroll', tabindex: '0', role: 'group' });
    scroller.setAttribute('aria-label', t('tableLabel'));
    table.replaceWith(scroller);
    scroller.append(table);
  }
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
  const figure = h(
    'div', { class: 'code' },
    h('div', { class: 'code-bar' }, h('span', { class: 'code-language' }, language),
      copyButton(t('copyCode'), () => code.textContent ?? '')),
  );
  pre.replaceWith(figure);
  figure.append(pre);
  if (!isOpen && language) highlight(code, language);
}
