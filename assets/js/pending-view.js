// @ts-check
// A message of this person's that the server has not acknowledged yet: where it is on its way.

import { h, icon, setText } from './dom.js';
import { MarkdownView } from './markdown.js';
import { t } from './strings.js';

export class PendingView {
  /**
   * @param {OutboxItem} item
   * @param {Outbox} outbox
   */
  constructor(item, outbox) {
    const text = h('div', { class: 'message-text' });
    new MarkdownView(text).show(item.content);
    this.state = h('span', { class: 'pending-state' });
    this.buttons = h(
      'span', { class: 'pending-buttons' },
      smallButton(t('retry'), () => outbox.retry(item.id)),
      smallButton(t('discard'), () => outbox.discard(item.id)),
    );
    this.element = h(
      'article', {
        class: 'message from-user pending', 'data-testid': 'pending', 'data-role': 'user',
        'aria-label': t('you'),
      },
      h('div', { class: 'body' }, text),
      h('p', { class: 'note' }, icon('timed_out'), this.state, this.buttons),
    );
    this.update(item);
  }

  /** @param {OutboxItem} item */
  update(item) {
    const words = {
      waiting: t('outboxWaiting'), sent: t('outboxSent'),
      refused: t('outboxRefused', { error: item.error ?? '' }),
    };
    this.element.dataset.state = item.state;
    setText(this.state, words[item.state]);
    this.buttons.hidden = item.state !== 'refused';
  }
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function smallButton(text, onclick) {
  return h('button', { type: 'button', class: 'small', onclick }, text);
}
