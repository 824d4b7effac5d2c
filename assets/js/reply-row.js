// @ts-check
// One child's words under a message.

import { h, icon } from './dom.js';
import { MarkdownView } from './markdown.js';
import { t } from './strings.js';
import { tile, toneOf } from './tones.js';

export class ReplyRow {
  #shown = '';

  /**
   * @param {string} id
   * @param {string} name
   * @param {() => void} open shows its details
   */
  constructor(id, name, open) {
    const text = h('div', { class: 'reply-text', 'data-testid': 'reply-text' });
    this.text = new MarkdownView(text);
    this.more = h('button', {
      class: 'quiet reply-more', type: 'button', title: t('moreOf', { name }),
      'aria-label': t('moreOf', { name }), onclick: open,
    }, icon('more'));
    this.element = h(
      'div', { class: `reply tone-${toneOf(id)}`, 'data-child': id, 'data-testid': 'reply' },
      tile(id, name), h('span', { class: 'reply-name' }, name), text, this.more,
    );
  }

  /** @param {Reply} reply */
  show(reply) {
    this.element.dataset.status = reply.status;
    this.more.hidden = !reply.html && (reply.data ?? null) === null;
    const isGrowing = reply.status === 'streaming';
    const shown = `${isGrowing}${reply.text ?? ''}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.text.show(reply.text ?? '', isGrowing);
  }
}
