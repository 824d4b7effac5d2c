// @ts-check
// A message of this person's that the server has not acknowledged yet: where it is on its way.

import { h, icon, leave, setText, t } from './dom.js';
import { MarkdownView } from './markdown.js';

export class PendingView {
  /**
   * @param {OutboxItem} item
   * @param {Outbox} outbox
   */
  constructor(item, outbox) {
    const text = h('div.message-text');
    new MarkdownView(text).show(item.content);
    this.state = h('span.pending-state');
    this.buttons = h(
      'span.pending-buttons', null,
      smallButton(t('retry'), () => outbox.retry(item.id)),
      smallButton(t('discard'), () => outbox.discard(item.id)),
    );
    this.element = h(
      'article.message.from-user.pending', {
        testid: 'pending', 'data-role': 'user',
        label: t('you'),
      },
      h('div.body', null, text),
      h('p.note', null, icon('timed_out'), this.state, this.buttons),
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
    if (item.state !== 'refused') leave(this.buttons);
    this.buttons.hidden = item.state !== 'refused';
  }
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function smallButton(text, onclick) {
  return h('button.small', { onclick }, text);
}
