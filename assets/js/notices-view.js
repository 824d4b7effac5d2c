// @ts-check
// What went wrong with something a person asked for, or what was done and can be taken back, until
// it is put away.

import { h, icon, leave, t } from './dom.js';

/** So many at once; older ones make room. */
const MOST = 3;

export class NoticesView {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** @param {{what?: string, error?: any}} failure */
  failed({ what, error }) {
    const message = error?.message || String(error?.code ?? '');
    const text = what ? t('commandFailed', { what, message }) : message;
    this.#add('failure', icon('invalid'), h('span', { role: 'alert' }, text));
  }

  /** @param {{message: string, action?: string, act?: () => void}} notice */
  notice({ message, action, act }) {
    const button = action && h('button.small', {
      onclick: () => { putAway(card); act?.(); },
    }, action);
    const card = this.#add('notice', h('span', null, message), button);
  }

  /**
   * @param {string} kind
   * @param {...any} content
   */
  #add(kind, ...content) {
    const card = h(
      'div', { class: kind, testid: kind }, content,
      h('button.quiet', {
        label: t('dismiss'), onclick: () => putAway(card),
      }, icon('close')),
    );
    this.element.append(card);
    while (this.element.childElementCount > MOST) putAway(this.element.firstElementChild);
    return card;
  }
}

/** @param {any} card */
function putAway(card) {
  leave(card);
  card.remove();
}
