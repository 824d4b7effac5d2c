// @ts-check
// Keeps the end of the thread in view while the reader is there, and only then. Otherwise it counts
// what came below.

import { h, icon, setText } from './dom.js';
import { t } from './strings.js';

/** How far from the end, in pixels, still counts as being there. */
const NEAR = 48;

export class Follow {
  #isFollowing = true;
  /** Where the thread stood last, in pixels. */
  #top = 0;
  #unseen = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content what grows in it
   */
  constructor(scroller, content) {
    this.scroller = scroller;
    this.label = h('span');
    this.button = h('button', {
      class: 'to-end', type: 'button', 'data-testid': 'to-end', hidden: true,
      onclick: () => this.toEnd(),
    }, icon('down'), this.label);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#grown()).observe(content);
    new ResizeObserver(() => this.#grown()).observe(scroller);
  }

  get #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** Goes to the end and stays there. */
  toEnd() {
    this.#isFollowing = true;
    this.#unseen = 0;
    this.#goToEnd();
    this.#draw();
  }

  #goToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#top = this.scroller.scrollTop;
  }

  /** @param {number} n messages that came */
  arrived(n) {
    if (!this.#isFollowing) this.#unseen += n;
    this.#draw();
  }

  /**
   * Runs a change above what is read, and keeps that where it is on the screen.
   * @param {() => void} change
   */
  keepPlace(change) {
    const { scrollHeight, scrollTop } = this.scroller;
    change();
    this.scroller.scrollTop = scrollTop + this.scroller.scrollHeight - scrollHeight;
  }

  #scrolled() {
    const { scrollTop } = this.scroller;
    // What grew since the last frame leaves the end without anybody's wish: only going up does.
    if (this.#isAtEnd) this.#isFollowing = true;
    else if (scrollTop < this.#top) this.#isFollowing = false;
    this.#top = scrollTop;
    if (this.#isFollowing) this.#unseen = 0;
    this.#draw();
  }

  #grown() {
    if (this.#isFollowing) this.#goToEnd();
    this.#draw();
  }

  #draw() {
    this.button.hidden = this.#isFollowing;
    setText(this.label, this.#unseen > 0 ? t('newBelow', { n: this.#unseen }) : t('toBottom'));
  }
}
