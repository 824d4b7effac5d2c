// @ts-check
// What went wrong with something a person asked for, until it is put away.

import { h, icon } from './dom.js';
import { t } from './strings.js';

/** So many at once; older ones make room. */
const MOST = 3;

export class FailuresView {
  /** @param {HTMLElement} element with role `alert` */
  constructor(element) {
    this.element = element;
  }

  /** @param {{what?: string, error?: any, message?: string}} failure */
  show({ what, error, message }) {
    const text = error?.message || message || String(error?.code ?? '');
    const card = h(
      'div', { class: 'failure', 'data-testid': 'failure' }, icon('invalid'),
      h('span', null, what ? t('commandFailed', { what, message: text }) : text),
      h('button', {
        type: 'button', class: 'quiet', 'aria-label': t('dismiss'), onclick: () => card.remove(),
      }, icon('close')),
    );
    this.element.append(card);
    while (this.element.childElementCount > MOST) this.element.firstElementChild?.remove();
  }
}
