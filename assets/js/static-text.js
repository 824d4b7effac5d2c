// @ts-check
// Fills the page's fixed words from the one table: `data-t` is text, `data-t-label` an accessible
// name, `data-t-placeholder` a placeholder, `data-t-title` a tooltip.

import { t } from './strings.js';

const PLACES = /** @type {Record<string, string>} */ ({
  't-label': 'aria-label', 't-placeholder': 'placeholder', 't-title': 'title',
});

/** @param {ParentNode} root */
export function fillText(root) {
  for (const element of root.querySelectorAll('[data-t]')) {
    element.append(t(/** @type {any} */ (element.getAttribute('data-t'))));
  }
  for (const [name, attribute] of Object.entries(PLACES)) {
    for (const element of root.querySelectorAll(`[data-${name}]`)) {
      element.setAttribute(attribute, t(/** @type {any} */ (element.getAttribute(`data-${name}`))));
    }
  }
}
