// @ts-check
// A colour for each child, the same wherever it appears. Colour never says anything alone: the
// name stands beside it.

import { h } from './dom.js';

const COUNT = 8;

/** @type {Map<string, number>} */
const tones = new Map();

/**
 * Gives all children a tone; neighbours in the alphabet get different ones.
 * @param {string[]} ids
 */
export function assignTones(ids) {
  for (const id of [...ids].sort()) toneOf(id);
}

/** @param {string} id @returns {number} */
export function toneOf(id) {
  const known = tones.get(id);
  if (known !== undefined) return known;
  const tone = tones.size % COUNT;
  tones.set(id, tone);
  return tone;
}

/**
 * The tile that stands for a child: its first letter on its colour.
 * @param {string} id
 * @param {string} name
 */
export function tile(id, name) {
  const letter = [...name.trim()][0]?.toUpperCase() ?? '?';
  return h('span', { class: `tile tone-${toneOf(id)}`, 'aria-hidden': 'true' }, letter);
}
