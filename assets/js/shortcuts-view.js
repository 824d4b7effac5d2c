// @ts-check
// The list of keys that `?` shows.

import { openDialog } from './dialog.js';
import { h, t } from './dom.js';

/** @param {import('./keys.js').Keys} keys */
export function showShortcuts(keys) {
  const row = (/** @type {string} */ shown, /** @type {any} */ word) => h('div', null,
    h('dt', null, shown.split('+').map((key) => h('kbd', null, key))), h('dd', null, t(word)));
  openDialog(t('shortcuts'), {
    content: [
      h('dl.shortcuts', null,
        row('Enter', 'keySend'), row('Shift+Enter', 'keyBreak'), row('@', 'keyMention'),
        row('Esc', 'keyClose'), keys.shortcuts.map(({ keys: shown, word }) => row(shown, word))),
      h('label.check', null, h('input', {
        type: 'checkbox', checked: keys.areOn,
        onchange: (event) => { keys.areOn = event.target.checked; },
      }), t('keysOn')),
    ],
  });
}
