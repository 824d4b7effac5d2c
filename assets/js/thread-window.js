// @ts-check
// Which entries of a thread are in the page: a few screens around what is read, so that a thread of
// ten thousand costs no more than one of a hundred.

import { nextFrame } from './frame.js';

/** Entries shown at the end of a thread, in all, and by how many the window moves. */
const AT_END = 120;
const MOST = 240;
const STEP = 30;
/** Screens from an edge at which more is brought. */
const NEAR = 1.5;

export class ThreadWindow {
  /** @type {string | null} the first entry shown; null: the last ones are */
  #start = null;
  #from = 0;
  #to = 0;
  #isLoading = false;
  /** Told when the way leads to an entry outside of what was shown. */
  away = () => {};

  /**
   * @param {HTMLElement} scroller
   * @param {Path} path
   * @param {{draw: () => void, load: () => Promise<unknown>}} thread `draw` brings the elements up
   *   to date at once, `load` fetches what is before the oldest known entry
   */
  constructor(scroller, path, thread) {
    this.scroller = scroller;
    this.path = path;
    this.thread = thread;
    scroller.addEventListener('scroll', () => nextFrame(this, () => this.#move()), {
      passive: true,
    });
  }

  /** Whether what is shown goes on to the thread's end. */
  get isAtEnd() {
    return this.#to === this.path.list.length;
  }

  /** The entries to show. @returns {{from: number, to: number}} */
  range() {
    const { length } = this.path.list;
    const start = this.#start === null ? -1 : this.path.indexOf(this.#start);
    this.#from = start < 0 ? Math.max(0, length - AT_END) : start;
    this.#to = start < 0 ? length : Math.min(length, start + MOST);
    return { from: this.#from, to: this.#to };
  }

  /** Fetches what is before the first known entry, and shows it. */
  async earlier() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.hold();
    await this.thread.load();
    this.#isLoading = false;
    this.#from = Math.max(0, this.path.indexOf(this.#start ?? ''));
    if (this.#from > 0) this.#shift(-STEP);
  }

  /** Shows the last entries, and those that come. */
  toEnd() {
    if (this.#start === null) return;
    this.#start = null;
    this.thread.draw();
  }

  /** From now on what comes at the end takes nothing away at the start. */
  hold() {
    this.#start ??= this.path.list[this.#from]?.id ?? null;
  }

  /**
   * Shows an entry of the path with what is around it.
   * @param {string} id
   */
  show(id) {
    const index = this.path.indexOf(id);
    // What was loaded on the way here is not drawn yet.
    const { from, to } = this.range();
    if (index < from || index >= to) {
      this.#begin(index - MOST / 2);
      this.thread.draw();
      this.away();
    } else this.thread.draw();
  }

  /** @param {number} index */
  #begin(index) {
    this.#start = this.path.list[Math.max(0, index)]?.id ?? null;
  }

  #move() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const margin = clientHeight * NEAR;
    if (scrollTop < margin) {
      if (this.#from > 0) this.#shift(-STEP);
      else if (this.path.missingParent) this.earlier();
    } else if (scrollHeight - scrollTop - clientHeight < margin && !this.isAtEnd) {
      this.#shift(STEP);
    }
  }

  /** @param {number} by entries; what is read stays where it is on the screen */
  #shift(by) {
    const { scroller } = this;
    const { top } = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll('[data-entry-id]')];
    const anchor = rows.find((row) => row.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top ?? 0;
    const hadFocus = scroller.contains(document.activeElement);
    this.#begin(this.#from + by);
    this.thread.draw();
    if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    // What had the focus has gone out of the window: the keys still turn the pages of the thread.
    if (hadFocus && !scroller.contains(document.activeElement)) {
      scroller.focus({ preventScroll: true });
    }
  }
}
