// @ts-check
// Keeps the end of the thread in view while the reader is there, and only then. Otherwise it counts
// what came below.

import { h, icon, leave, setText, t } from './dom.js';
import { Emitter } from './emitter.js';

/** How far from the end, in pixels, still counts as being there. */
const NEAR = 48;

/** Emits `change` when the reader comes to the end, or leaves it. */
export class Follow extends Emitter {
  #isFollowing = true;
  /** Where the thread stood last, in pixels. */
  #top = 0;
  #unseen = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content what grows in it
   * @param {{toEnd: () => void, hold: () => void, away: () => void, isAtEnd: boolean}} shown what
   *   is in the page
   */
  constructor(scroller, content, shown) {
    super();
    this.scroller = scroller;
    this.shown = shown;
    shown.away = () => this.stay();
    this.label = h('span');
    this.button = h('button.to-end', {
      testid: 'to-end', hidden: true,
      onclick: () => this.toEnd(),
    }, icon('down'), this.label);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#grown()).observe(content);
    new ResizeObserver(() => this.#grown()).observe(scroller);
  }

  get isFollowing() {
    return this.#isFollowing;
  }

  get #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return this.shown.isAtEnd && scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** Goes to the end and stays there. */
  toEnd() {
    this.#follow(true);
    this.#goToEnd();
    this.#draw();
  }

  /** Lets what is read stay, whatever comes, unless it is the end. */
  stay() {
    this.#follow(this.#isAtEnd);
    this.#draw();
  }

  /** @param {boolean} isFollowing */
  #follow(isFollowing) {
    if (isFollowing) {
      this.#unseen = 0;
      this.shown.toEnd();
    } else this.shown.hold();
    if (isFollowing === this.#isFollowing) return;
    this.#isFollowing = isFollowing;
    this.emit('change');
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

  #scrolled() {
    const { scrollTop } = this.scroller;
    // What grew since the last frame leaves the end without anybody's wish: only going up does.
    if (this.#isAtEnd) this.#follow(true);
    else if (scrollTop < this.#top) this.#follow(false);
    this.#top = scrollTop;
    this.#draw();
  }

  #grown() {
    if (this.#isFollowing) this.#goToEnd();
    this.#draw();
  }

  #draw() {
    if (this.#isFollowing) leave(this.button);
    this.button.hidden = this.#isFollowing;
    // Where a row goes at the top for one that comes, the browser would hold what is in between.
    this.scroller.classList.toggle('follows', this.#isFollowing);
    setText(this.label, this.#unseen > 0 ? t('newBelow', { n: this.#unseen }) : t('toBottom'));
  }
}
