// @ts-check
// Searches in the lines of a log; what is found is marked without a change to them.

import { h, icon, setText, t } from './dom.js';

/** Places marked; all lines are counted. */
const MOST_MARKS = 2000;

const page = /** @type {any} */ (globalThis);
/** Marks of all logs on the page. @type {Set<Range> | undefined} */
const marks = page.Highlight && new page.Highlight();
if (marks) page.CSS.highlights.set('log-found', marks);

export class LogSearch {
  /** @type {RegExp | null} */
  #wanted = null;
  /** @type {Element[]} rows */
  #hits = [];
  /** @type {Element | undefined} */
  #current;
  /** @type {Range[]} */
  #marks = [];

  /**
   * @param {import('./log-lines.js').LogLines} lines
   * @param {string} name
   */
  constructor(lines, name) {
    this.lines = lines;
    this.field = h('input', {
      type: 'search', class: 'field', autocomplete: 'off', spellcheck: false,
      placeholder: t('search'), label: t('logSearchOf', { name }),
      testid: 'log-search', oninput: () => this.#search(),
      onkeydown: (event) => this.#key(event),
    });
    this.count = h('span.log-count', { role: 'status', testid: 'log-count' });
    this.steps = h('span.log-steps', { hidden: true },
      this.#step('up', 'logPrevious', -1), this.#step('more', 'logNext', 1));
    this.element = h('div.log-search', { role: 'search' },
      this.field, this.count, this.steps);
  }

  /** Looks through the lines that are there now. */
  update() {
    if (this.#wanted) this.#find(this.#wanted);
  }

  /** Takes its marks away. */
  close() {
    for (const mark of this.#marks.splice(0)) marks?.delete(mark);
  }

  #search() {
    const text = this.field.value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    this.#wanted = text === '' ? null : new RegExp(text, 'giu');
    this.#find(this.#wanted);
    this.#go(this.lines.firstInView(this.#hits) ?? this.#hits[this.#hits.length - 1]);
  }

  /** @param {RegExp | null} wanted */
  #find(wanted) {
    this.close();
    this.#hits = !wanted ? [] : [...this.lines.element.children].filter((row) => {
      const text = row.querySelector('.log-text');
      const matches = [...(text?.textContent ?? '').matchAll(wanted)];
      for (const { index = 0, 0: { length } } of matches) {
        this.#mark(/** @type {Element} */ (text), index, index + length);
      }
      return matches.length > 0;
    });
    this.#draw();
  }

  /**
   * @param {Element} element
   * @param {number} start of the characters in it
   * @param {number} end
   */
  #mark(element, start, end) {
    if (!marks || this.#marks.length >= MOST_MARKS) return;
    const range = new Range();
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let at = 0;
    for (let node = walker.nextNode(); node && at < end; node = walker.nextNode()) {
      const { length } = /** @type {Text} */ (node);
      if (start >= at && start < at + length) range.setStart(node, start - at);
      if (end <= at + length) range.setEnd(node, end - at);
      at += length;
    }
    this.#marks.push(range);
    marks.add(range);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#walk(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape' && this.field.value !== '') {
      // Only the search ends, not what it stands in.
      event.preventDefault();
      event.stopPropagation();
      this.field.value = '';
      this.#search();
    }
  }

  /** @param {number} step */
  #walk(step) {
    const { length } = this.#hits;
    const at = this.#current ? this.#hits.indexOf(this.#current) : -1;
    this.#go(this.#hits[(Math.max(at, step < 0 ? 0 : -1) + step + length) % length]);
  }

  /** @param {Element | undefined} row */
  #go(row) {
    this.#current?.classList.remove('is-found');
    this.#current = row;
    row?.classList.add('is-found');
    if (row) this.lines.show(row);
    this.#draw();
  }

  #draw() {
    const m = this.#hits.length;
    const at = this.#current ? this.#hits.indexOf(this.#current) + 1 : 0;
    setText(this.count, !this.#wanted ? '' : t(m > 0 ? 'logFound' : 'logNotFound', { at, m }));
    this.steps.hidden = m === 0;
  }

  /**
   * @param {Parameters<typeof icon>[0]} shape
   * @param {'logPrevious' | 'logNext'} key
   * @param {number} step
   */
  #step(shape, key, step) {
    return h('button.quiet', {
      label: t(key), title: t(key),
      onclick: () => this.#walk(step),
    }, icon(shape));
  }
}
