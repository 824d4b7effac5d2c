// @ts-check
// A line of a log as it may be shown: coloured as it asks for, and with nothing in it that could
// hide or reorder what stands there.

import { h } from './dom.js';
import { sanitizeColours } from './sanitize.js';

// ESC [ … m colours. Every other control character, and those that change the direction of what
// follows, are shown as what they are.
const COLOUR = /\x1b\[[\d;]*m/;
const HIDDEN = /\x1b(?!\[[\d;]*m)|[\0-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** @type {Promise<void> | undefined} */
let loading;
/** @type {any} */
let painter;

/** Loads what colours lines; without it they are readable all the same. */
export function loadColours() {
  loading ??= new Promise((resolve) => {
    const src = new URL('../vendor/ansi_up.js', import.meta.url).href;
    const onload = () => {
      painter = newPainter();
      resolve();
    };
    document.head.append(h('script', { src, onload, onerror: () => resolve() }));
  });
  return loading;
}

/** @param {string} text @returns {Node | string} */
export function lineContent(text) {
  const visible = text.replace(HIDDEN, picture);
  if (!COLOUR.test(visible)) return visible;
  if (!painter) return visible.replaceAll(new RegExp(COLOUR, 'g'), '');
  // Each line begins without the colours of the one before.
  return sanitizeColours(painter.ansi_to_html(`\x1b[0m${visible}`));
}

/** @param {string} character */
function picture(character) {
  const code = character.charCodeAt(0);
  if (code < 32) return String.fromCharCode(0x2400 + code);
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

function newPainter() {
  const { AnsiUp } = /** @type {any} */ (window);
  const made = new AnsiUp();
  made.use_classes = true;
  // It would write bold as a style, which may not stand in the page.
  const paint = made.transform_to_html.bind(made);
  made.transform_to_html = (/** @type {any} */ part) => {
    const html = paint({ ...part, bold: false, italic: false, underline: false });
    return part.bold ? `<b>${html}</b>` : html;
  };
  return made;
}
