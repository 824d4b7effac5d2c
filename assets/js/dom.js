// @ts-check
// Builds elements. Text goes in as text nodes; nothing here parses HTML.

import { shapes } from './icons.js';

/**
 * Makes an element. Properties that start with `on` are listeners, `class` and names with a dash
 * are attributes, the rest are set as properties; null and false leave a thing out.
 * @param {string} tag
 * @param {Record<string, any> | null} [properties]
 * @param {...any} content
 * @returns {any} the element; callers know its kind by the tag
 */
export function h(tag, properties, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
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
 * Makes `parent` hold exactly `wanted`, in that order, moving only what is out of place.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
}
