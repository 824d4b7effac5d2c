// @ts-check
// Any JSON value as a tree that opens where one wants to look.

import { h, t } from './dom.js';

/** Members shown of one array or object, and levels open at first. */
const MOST_MEMBERS = 100;
const OPEN_LEVELS = 2;

/**
 * @param {unknown} value
 * @param {string} [name] the key it stands under
 * @param {number} [level]
 * @returns {HTMLElement}
 */
export function dataTree(value, name = '', level = 0) {
  const key = name === '' ? null : h('span.data-key', null, `${name}: `);
  const isLeaf = value === null || typeof value !== 'object';
  if (isLeaf) return h('div.data', null, key, leaf(value));
  const members = Object.entries(value);
  const [left, right] = Array.isArray(value) ? '[]' : '{}';
  if (members.length === 0) return h('div.data', null, key, left + right);
  const details = h(
    'details.data', { open: level < OPEN_LEVELS },
    h('summary', null, key, h('span.data-count', null, `${left}${members.length}${right}`)),
  );
  const fill = () => details.append(...branches(members, level));
  // Closed branches are filled when they are opened: a large value costs only what is looked at.
  if (details.open) fill();
  else details.addEventListener('toggle', fill, { once: true });
  return details;
}

/**
 * The members of an object, without a level of their own; any other value as a tree.
 * @param {unknown} value
 */
export function dataMembers(value) {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const members = isObject ? Object.entries(value) : [];
  return members.length > 0 ? branches(members, 0) : [dataTree(value)];
}

/**
 * @param {[string, unknown][]} members
 * @param {number} level
 */
function branches(members, level) {
  const shown = members.slice(0, MOST_MEMBERS)
    .map(([key, value]) => dataTree(value, key, level + 1));
  const rest = members.length - shown.length;
  if (rest > 0) shown.push(h('div.data', null, t('dataMore', { n: rest })));
  return shown;
}

/** @param {unknown} value */
function leaf(value) {
  const kind = value === null ? 'null' : typeof value;
  return h('span', { class: `data-${kind}` }, JSON.stringify(value));
}
