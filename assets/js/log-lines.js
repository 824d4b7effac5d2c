// @ts-check
// The lines of a log. The end stays in view until somebody reads further up, and what they read
// then never moves: what comes is added below, or waits.

import { h, t, tWord } from './dom.js';
import { nextFrame } from './frame.js';
import { lineContent } from './log-text.js';
import { clockWithSeconds } from './time.js';

/** Rows kept on the page; chatd has no more lines at hand. */
const MOST = 2000;
/** Rows made between two frames. */
const AT_ONCE = 250;
/** How far from the end, in pixels, still counts as being there. */
const NEAR = 24;

export class LogLines {
  /** @type {(LogLine | {dropped: number})[]} what came and has no row yet */
  #waiting = [];
  #isFollowing = true;
  /** Where it stood last, in pixels. */
  #top = 0;
  #generation = 0;
  /** Lines that came since the reader left the end. */
  unseen = 0;

  /**
   * @param {string} name
   * @param {() => void} changed
   */
  constructor(name, changed) {
    this.changed = changed;
    this.element = h('div.log-lines', {
      tabindex: '0', role: 'group', label: t('logOf', { name }),
      testid: 'log', onscroll: () => this.#scrolled(),
    });
    this.resized = new ResizeObserver(() => this.#stayAtEnd());
    this.resized.observe(this.element);
  }

  get isFollowing() {
    return this.#isFollowing;
  }

  set isFollowing(isFollowing) {
    this.#isFollowing = isFollowing;
    this.#draw();
  }

  /** Begins anew. */
  clear() {
    this.#waiting = [];
    this.#generation = 0;
    this.element.replaceChildren();
  }

  /**
   * @param {LogLine[]} lines
   * @param {number} [dropped] before them
   */
  add(lines, dropped = 0) {
    const waiting = this.#waiting;
    if (dropped > 0) waiting.push({ dropped });
    waiting.push(...lines);
    // What would be taken away again before it is seen is counted alone.
    const over = waiting.splice(0, Math.max(0, waiting.length - MOST));
    if (over.length > 0) {
      const n = over.reduce((sum, one) => sum + ('dropped' in one ? one.dropped : 1), 0);
      waiting.unshift({ dropped: n });
    }
    if (!this.#isFollowing) this.unseen += lines.length;
    nextFrame(this, () => this.#draw());
  }

  /**
   * Brings a row into view, and stays there.
   * @param {Element} row
   */
  show(row) {
    this.isFollowing = false;
    row.scrollIntoView({ block: 'nearest' });
    this.#top = this.element.scrollTop;
  }

  /** @param {Element[]} [rows] @returns {Element | undefined} the first of them that is in view */
  firstInView(rows = [...this.element.children]) {
    const { scrollTop } = this.element;
    return rows.find((row) => /** @type {HTMLElement} */ (row).offsetTop >= scrollTop);
  }

  #draw() {
    const { element } = this;
    const room = this.#isFollowing ? MOST : MOST - element.childElementCount;
    const due = this.#waiting.splice(0, Math.max(0, Math.min(AT_ONCE, room)));
    element.append(...due.flatMap((one) => this.#rows(one)));
    if (this.#isFollowing) {
      while (element.childElementCount > MOST) element.firstElementChild?.remove();
      this.unseen = 0;
    }
    this.#stayAtEnd();
    this.changed();
    if (due.length > 0 && this.#waiting.length > 0) nextFrame(this, () => this.#draw());
  }

  #stayAtEnd() {
    if (this.#isFollowing) this.element.scrollTop = this.element.scrollHeight;
    this.#top = this.element.scrollTop;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    // What grew since the last frame leaves the end without anybody's wish: only going up does.
    const isFollowing = scrollHeight - scrollTop - clientHeight < NEAR
      || (this.#isFollowing && scrollTop >= this.#top);
    this.#top = scrollTop;
    if (isFollowing !== this.#isFollowing) this.isFollowing = isFollowing;
  }

  /** @param {LogLine | {dropped: number}} one @returns {HTMLElement[]} */
  #rows(one) {
    if ('dropped' in one) {
      return [h('p.log-dropped', null, t('logDropped', { n: one.dropped }))];
    }
    const { generation: n = 0 } = one;
    const row = logRow(one);
    if (n === this.#generation) return [row];
    this.#generation = n;
    return [h('p.log-generation', null, t('factGen', { n })), row];
  }
}

/** @param {LogLine} line @returns {HTMLElement} */
export function logRow({ at, stream, text }) {
  return h('div.log-line', { 'data-stream': stream },
    h('time', { title: at }, clockWithSeconds(at)),
    stream === 'stdout' ? null : h('span.log-stream', null, tWord('stream_', stream)),
    h('span.log-text', { dir: 'auto' }, lineContent(text)));
}
