// @ts-check
// A child's html, sanitised, in a closed shadow root: the page's styles don't reach in, and nothing
// of it reaches out. What holds it is around the root's host, which styles within could move.

import { h } from './dom.js';
import { sanitizeChildHtml } from './sanitize.js';

/** @type {CSSStyleSheet | null} */
let sheet = null;

/** The look of what children draw; one sheet for all of them. */
function styles() {
  if (sheet) return sheet;
  sheet = new CSSStyleSheet();
  const made = sheet;
  fetch(new URL('../css/child-html.css', import.meta.url))
    .then((answer) => answer.text())
    .then((text) => made.replace(text))
    .catch(() => { sheet = null; });
  return sheet;
}

/**
 * @param {string} html
 * @param {string} label
 * @returns {HTMLElement}
 */
export function childHtml(html, label) {
  const host = h('div');
  const root = host.attachShadow({ mode: 'closed' });
  root.adoptedStyleSheets = [styles()];
  root.append(sanitizeChildHtml(html));
  return h('div.child-html', { role: 'group', label }, host);
}
