// @ts-check
// One child's words under a message, or why there are none.

import { h, icon } from './dom.js';
import { MarkdownView } from './markdown.js';
import { ReplyFailure } from './reply-failure.js';
import { t } from './strings.js';
import { tile, toneOf } from './tones.js';

export class ReplyRow {
  #shown = '';

  /**
   * @param {string} messageId
   * @param {string} id
   * @param {string} name
   * @param {ChildContext} context
   * @param {() => void} open shows its details
   */
  constructor(messageId, id, name, context, open) {
    const text = h('div', { class: 'reply-text', 'data-testid': 'reply-text' });
    this.text = new MarkdownView(text);
    this.failure = new ReplyFailure(messageId, id, name, context);
    this.more = h('button', {
      class: 'quiet reply-more', type: 'button', title: t('moreOf', { name }),
      'aria-label': t('moreOf', { name }), onclick: open,
    }, icon('more'));
    this.element = h(
      'div', { class: `reply tone-${toneOf(id)}`, 'data-child': id, 'data-testid': 'reply' },
      tile(id, name), h('span', { class: 'reply-name' }, name),
      h('div', { class: 'reply-said' }, text, this.failure.element), this.more,
    );
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isFinal whether the rollup is stored: only then can a child be asked again
   */
  show(reply, isFinal) {
    this.element.dataset.status = reply.status;
    this.more.hidden = !reply.html && (reply.data ?? null) === null;
    this.failure.show(reply, isFinal);
    const isGrowing = reply.status === 'streaming';
    const shown = `${isGrowing}${reply.text ?? ''}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.text.show(reply.text ?? '', isGrowing);
  }
}
