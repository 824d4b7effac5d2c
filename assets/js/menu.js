// @ts-check
// A list of things to do about something: arrows go through it, Escape and a click beside it close
// it, and the focus goes back to the button that opened it (WAI-ARIA's menu button).

import { h } from './dom.js';

/** @typedef {{word: string, danger?: boolean, act: () => void}} Choice */

/**
 * @param {any} button
 * @param {Choice[]} choices
 */
export function openMenu(button, choices) {
  const menu = h('div.menu', {
    role: 'menu', popover: 'auto', testid: 'menu',
    label: button.getAttribute('aria-label'),
    onkeydown: (event) => move(event, menu),
    ontoggle: (event) => {
      button.setAttribute('aria-expanded', String(event.newState === 'open'));
      if (event.newState === 'open') return;
      button.popoverTargetElement = null;
      menu.remove();
    },
  }, choices.map(({ word, danger, act }) => h('button', {
    role: 'menuitem', tabIndex: -1, class: danger ? 'danger' : '',
    onclick: () => { menu.hidePopover(); act(); },
  }, word)));
  button.after(menu);
  button.popoverTargetElement = menu;
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(button).direction === 'rtl';
  const left = isRightToLeft ? at.left : at.right - width;
  const top = at.bottom + height > innerHeight ? at.top - height : at.bottom;
  menu.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  menu.style.top = `${Math.max(4, top)}px`;
  menu.querySelector('button')?.focus();
}

/**
 * @param {KeyboardEvent} event
 * @param {any} menu
 */
function move(event, menu) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === 'Tab') menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items.at(to % items.length)?.focus();
}
