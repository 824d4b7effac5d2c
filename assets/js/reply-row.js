// @ts-check
// One child's words under a message, or why there are none.

import { h, icon, t } from './dom.js';
import { later } from './later.js';
import { MarkdownView } from './markdown.js';
import { isFailure } from './reply-chip.js';
import { tile, toneOf } from './tones.js';

export class ReplyRow {
  #shown = '';
  /** @type {[Reply, boolean, boolean] | null} */
  #state = null;
  /** @type {import('./reply-failure.js').ReplyFailure | null} made when it is wanted */
  failure = null;

  /**
   * @param {string} messageId
   * @param {string} id
   * @param {string} name
   * @param {ChildContext} context
   * @param {{open: () => void, leave: () => void}} actions what shows its details, and what takes
   *   the focus where the buttons that had it are gone
   */
  constructor(messageId, id, name, context, { open, leave }) {
    const text = h('div.reply-text', { testid: 'reply-text' });
    this.text = new MarkdownView(text);
    this.child = { messageId, id, name, context, leave };
    this.more = h('button.quiet.reply-more', {
      title: t('moreOf', { name }),
      label: t('moreOf', { name }), onclick: open,
    }, icon('more'));
    this.said = h('div.reply-said', null, text);
    this.element = h(
      'div', { class: `reply tone-${toneOf(id)}`, 'data-child': id, testid: 'reply' },
      tile(id, name), h('span.reply-name', null, name), this.said, this.more,
    );
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isFinal whether the rollup is stored: only then can a child be asked again
   * @param {boolean} isHanging whether the child was silent for long
   */
  show(reply, isFinal, isHanging) {
    this.element.dataset.status = reply.status;
    this.more.hidden = !reply.html && (reply.data ?? null) === null;
    this.#state = [reply, isFinal, isHanging];
    if (this.failure) this.failure.show(...this.#state);
    else if (isHanging || isFailure(reply)) this.#addFailure();
    const isGrowing = reply.status === 'streaming';
    const shown = `${isGrowing}${reply.text ?? ''}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.text.show(reply.text ?? '', isGrowing);
  }

  async #addFailure() {
    try {
      const { ReplyFailure } = await later.failure();
      this.failure ??= new ReplyFailure(this.child);
      this.said.append(this.failure.element);
      // The child may have gone on meanwhile.
      if (this.#state) this.failure.show(...this.#state);
    } catch (error) {
      this.child.context.failed({ what: this.child.name, error });
    }
  }
}
