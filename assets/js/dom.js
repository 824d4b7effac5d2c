// @ts-check
// Builds elements, of words from the table. Text goes in as text nodes; nothing here parses HTML.

import { shapes } from './icons.js';

export { t, tWord } from './strings.js';

/** Attributes by their short names. */
const SHORT = /** @type {Record<string, string>} */ ({
  label: 'aria-label', testid: 'data-testid',
});

/**
 * Makes an element. Properties that start with `on` are listeners, `class` and names with a dash
 * are attributes, the rest are set as properties; null and false leave a thing out. A button sends
 * no form unless its type says so.
 * @param {string} tag and its classes: `p.note`
 * @param {Properties | null} [properties]
 * @param {...any} content
 * @returns {any} the element; callers know its kind by the tag
 */
export function h(tag, properties, ...content) {
  const [kind, ...classes] = tag.split('.');
  const element = document.createElement(kind);
  if (classes.length > 0) element.className = classes.join(' ');
  if (element instanceof HTMLButtonElement) element.type = 'button';
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    const name = SHORT[key] ?? key;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.includes('-') || !(name in element)) {
      element.setAttribute(name === 'class' ? 'class' : name, value === true ? '' : String(value));
    } else /** @type {any} */ (element)[name] = value;
  }
  element.append(...content.flat().filter((one) => one !== null && one !== undefined));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An icon from the table, hidden from screen readers: a word always stands beside it.
 * @param {keyof typeof shapes} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = {
    viewBox: '0 0 16 16', class: `icon icon-${name}`, 'aria-hidden': 'true', fill: 'none',
    stroke: 'currentColor', 'stroke-width': '1.6', 'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', shapes[name]);
  svg.append(path);
  return svg;
}

/**
 * Sets text only where it differs, so that nothing is drawn or announced for nothing.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Called before an element goes away, or is hidden: whoever is at it goes on in the thread, or in
 * the sheet that covers it. The browser would begin the page anew.
 * @param {Element} element
 */
export function leave(element) {
  if (!element.contains(document.activeElement)) return;
  const sheet = element.closest('[data-open="true"]');
  const next = sheet?.querySelector('.closer') ?? document.getElementById('scroller');
  /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
}

/**
 * Makes `parent` hold exactly `wanted`, in that order, moving only what is out of place.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) {
    if (keep.has(child)) continue;
    leave(child);
    child.remove();
  }
  let at = parent.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else move(parent, element, at);
  }
}

/**
 * Where the browser can, what is moved keeps its focus and an open menu.
 * @param {any} parent
 * @param {Element} element
 * @param {Element | null} at what it is to stand before
 */
function move(parent, element, at) {
  if (parent.moveBefore && element.parentNode === parent) parent.moveBefore(element, at);
  else parent.insertBefore(element, at);
}
