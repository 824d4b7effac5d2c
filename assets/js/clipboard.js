// @ts-check
// Copying to the clipboard, also where the page is not a secure context.

import { h, icon, t } from './dom.js';

/**
 * @param {string} label what it copies, for screen readers
 * @param {() => string} text
 */
export function copyButton(label, text) {
  const button = h('button.quiet.copy', {
    title: label, label,
    async onclick() {
      await copy(text());
      button.classList.add('is-done');
      button.replaceChildren(icon('replied'));
      button.ariaLabel = t('copied');
      setTimeout(() => {
        button.classList.remove('is-done');
        button.replaceChildren(icon('copy'));
        button.ariaLabel = label;
      }, 1600);
    },
  }, icon('copy'));
  return button;
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another machine's address has no clipboard API; the old command works there.
  const area = h('textarea', { value: text, class: 'offscreen' });
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
