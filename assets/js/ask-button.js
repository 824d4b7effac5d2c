// @ts-check
// A button that asks chatd for something, and is named with what it acts on.

import { h, icon, setText, t } from './dom.js';

/**
 * @param {Parameters<typeof icon>[0]} shape
 * @param {string} action stands in `data-action`
 * @param {() => void} act is not called while the button is pending
 * @returns {HTMLButtonElement} without its word yet
 */
export function askButton(shape, action, act) {
  const button = h('button.small', {
    'data-action': action,
    onclick: () => { if (button.ariaDisabled !== 'true') act(); },
  }, icon(shape), h('span'));
  return button;
}

/**
 * Says what it does, or is doing. It is not really disabled while that is pending, so that whoever
 * pressed it keeps their place.
 * @param {HTMLButtonElement} button
 * @param {Parameters<typeof t>[0]} key of its word
 * @param {string} name of what it acts on
 * @param {boolean} [isPending]
 */
export function labelButton(button, key, name, isPending = false) {
  button.ariaDisabled = String(isPending);
  setText(/** @type {Element} */ (button.lastElementChild), t(key));
  button.ariaLabel = t('actionOf', { action: t(key), name });
}
