// @ts-check
// The one question before something that can't be undone; it stands in the place of its button.

import { h, t } from './dom.js';

/**
 * @typedef {{question: string, answer: string, label: string, action: string, danger?: boolean}}
 *   Words `action` stands in the answer's `data-action`
 */

/** @param {string} name of a child @returns {Words} */
export function killQuestion(name) {
  const answer = t('kill');
  return {
    question: t('killAsk', { name }), answer, action: 'kill',
    label: t('actionOf', { action: answer, name }),
  };
}

/**
 * Puts the question.
 * @param {HTMLElement} rest what it takes the place of
 * @param {Words} words
 * @param {() => void} act what is done when the answer is yes
 * @returns {() => void} takes it back; whoever was at it is where it came from
 */
export function ask(rest, { question, answer, label, action, danger = true }, act) {
  const asker = /** @type {HTMLElement | null} */ (document.activeElement);
  const yes = h('button', {
    class: danger ? 'small danger' : 'small', 'data-action': `${action}-confirm`,
    label, onclick: () => { close(); act(); },
  }, answer);
  const element = h('div.question', {
    role: 'group', label: question,
    onkeydown: (event) => {
      if (event.key === 'Escape') { event.stopPropagation(); close(); }
    },
  }, h('span', null, question), yes,
  h('button.small', { onclick: () => close() }, t('cancel')));
  const close = () => {
    if (!element.isConnected) return;
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    rest.hidden = false;
    if (hadFocus) asker?.focus();
  };
  rest.after(element);
  rest.hidden = true;
  yes.focus();
  return close;
}
