// @ts-check
// A dialog that takes the page's place: Escape, its button and a click beside it close it, and the
// browser gives the focus back.

import { h, icon, t } from './dom.js';

/**
 * Opens a dialog.
 * @param {string} title
 * @param {{class?: string, content: any[], closed?: () => void}} parts
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, { class: kind = '', content, closed }) {
  const heading = h('h2', { id: 'dialog-title' }, title);
  /** @type {EventTarget | null} where the pointer went down: a selection may end beside */
  let pressed = null;
  const dialog = h(
    'dialog', {
      class: `dialog ${kind}`, 'aria-labelledby': heading.id, testid: 'dialog',
      onclose: () => { dialog.remove(); closed?.(); },
      onpointerdown: (event) => { pressed = event.target; },
      onclick: (event) => {
        if (event.target === dialog && pressed === dialog) dialog.close();
      },
    },
    h('div.dialog-inner', null,
      h('div.dialog-head', null, heading, h('button.quiet', {
        label: t('closeDetails'),
        onclick: () => dialog.close(),
      }, icon('close'))), content),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
