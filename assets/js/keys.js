// @ts-check
// The page's keys. A letter by itself does something only while nobody writes, and can be turned
// off (WCAG 2.1.4); `?` lists them all.

import { kept } from './storage.js';

const STORED = 'chatd.keys';
const WRITES = 'input, textarea, select, [contenteditable]';

/** @typedef {{keys: string, word: any, act: () => void}} Shortcut `keys`: as `event.key` has it */

export class Keys {
  /** @param {Shortcut[]} shortcuts */
  constructor(shortcuts) {
    this.shortcuts = shortcuts;
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  get areOn() {
    return kept.get(STORED) !== 'off';
  }

  set areOn(areOn) {
    kept.set(STORED, areOn ? null : 'off');
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
    const target = /** @type {Element} */ (event.target);
    if (control === '' && (target.matches?.(WRITES) || !this.areOn)) return;
    const found = this.shortcuts.find(({ keys }) => keys === control + event.key);
    if (!found || (control === '' && isCovered())) return;
    event.preventDefault();
    if (!isCovered()) found.act();
  }
}

/** Whether a dialog or a menu is open: what is behind it waits. */
export function isCovered() {
  return document.querySelector('dialog[open], .menu') !== null;
}
