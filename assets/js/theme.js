// @ts-check
// Light, dark, or as the system says; `theme-start.js` applies the choice before the first paint.

import { icon, t } from './dom.js';
import { kept } from './storage.js';

const ORDER = /** @type {const} */ (['auto', 'light', 'dark']);
const SHAPES = /** @type {const} */ ({ auto: 'auto', light: 'sun', dark: 'moon' });
/** @typedef {typeof ORDER[number]} Theme */

/** @param {HTMLElement} button */
export function themeButton(button) {
  const root = document.documentElement;
  const now = () => /** @type {Theme} */ (root.dataset.theme ?? 'auto');
  const next = () => ORDER[(ORDER.indexOf(now()) + 1) % ORDER.length];
  const draw = () => {
    const label = t('themeTo', { now: t(`theme_${now()}`), next: t(`theme_${next()}`) });
    button.ariaLabel = label;
    button.title = label;
    button.replaceChildren(icon(SHAPES[now()]));
  };
  button.addEventListener('click', () => {
    root.dataset.theme = next();
    kept.set('chatd.theme', now());
    draw();
  });
  draw();
}
