// @ts-check
// Completes `@NAME` while it is typed. The list belongs to the text field (WAI-ARIA's pattern of
// an active descendant): focus stays in the field.

import { h } from './dom.js';
import { tile } from './tones.js';

const MOST = 6;

export class Mention {
  /** @type {ChildStatus[]} */
  #matches = [];
  #active = 0;

  /**
   * @param {HTMLTextAreaElement} area
   * @param {ChildrenModel} children
   * @param {Threads} threads
   * @param {() => void} changed
   */
  constructor(area, children, threads, changed) {
    this.area = area;
    this.children = children;
    this.threads = threads;
    this.changed = changed;
    this.list = /** @type {HTMLElement} */ (document.getElementById('mentions'));
    area.addEventListener('blur', () => this.#close());
    area.addEventListener('click', () => this.update());
  }

  get isOpen() {
    return this.#matches.length > 0;
  }

  /** Shows what the word before the caret could become. */
  update() {
    const word = this.#word();
    const matches = word === null ? [] : this.children.list
      .filter(({ state, actor_id: id }) => state !== 'invalid' && id.startsWith(word)
        && !this.threads.isMuted(id))
      .slice(0, MOST);
    const isWhole = matches.length === 1 && matches[0].actor_id === word;
    this.#matches = isWhole ? [] : matches;
    this.#active = 0;
    this.#draw();
  }

  /**
   * Takes a key if it is meant for the list.
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (!this.isOpen) return false;
    switch (event.key) {
      case 'ArrowDown': this.#move(1); return true;
      case 'ArrowUp': this.#move(-1); return true;
      case 'Tab':
      case 'Enter':
        if (event.shiftKey) return false;
        this.#choose(this.#active);
        return true;
      case 'Escape': this.#close(); return true;
    }
    return false;
  }

  /** The part after an `@` that begins a word, before the caret. */
  #word() {
    const before = this.area.value.slice(0, this.area.selectionStart ?? 0);
    const match = /(?:^|\s)@([a-z0-9_-]*)$/i.exec(before);
    return match ? match[1].toLowerCase() : null;
  }

  /** @param {number} by */
  #move(by) {
    this.#active = (this.#active + by + this.#matches.length) % this.#matches.length;
    this.#draw();
  }

  /** @param {number} i */
  #choose(i) {
    const caret = this.area.selectionStart ?? 0;
    const from = caret - (this.#word() ?? '').length;
    this.area.setRangeText(`${this.#matches[i].actor_id} `, from, caret, 'end');
    this.#close();
    this.changed();
  }

  #close() {
    this.#matches = [];
    this.#draw();
  }

  #draw() {
    const { area, list } = this;
    list.hidden = !this.isOpen;
    if (this.isOpen) area.setAttribute('aria-activedescendant', `mention-${this.#active}`);
    else area.removeAttribute('aria-activedescendant');
    list.replaceChildren(...this.#matches.map((child, i) => h(
      'div.mention', {
        id: `mention-${i}`, role: 'option',
        'aria-selected': String(i === this.#active), 'data-child': child.actor_id,
        // The field must not lose its focus to the list.
        onmousedown: (event) => { event.preventDefault(); this.#choose(i); },
      },
      tile(child.actor_id, child.name || child.actor_id),
      h('strong', null, child.actor_id), h('span', null, child.description ?? ''),
    )));
  }
}
