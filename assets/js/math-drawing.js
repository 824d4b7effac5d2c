// @ts-check
// Draws formulas with KaTeX, which is loaded with the first one. Until then, and where it can't
// read one, the source stands there.

import { h, t } from './dom.js';

/** Milliseconds of drawing after which the page gets its turn. */
const SLICE_MS = 8;
/** Levels of elements; a few hundred more would be more than a browser's stack can bear. */
const MOST_LEVELS = 200;
/** Formulas kept drawn, for a text that grows is drawn again and again. */
const MOST_KEPT = 300;

/** @type {Element[]} */
const queue = [];
/** @type {Map<string, Node>} */
const drawn = new Map();
let isDrawing = false;

/**
 * Draws formulas into the elements that hold their source, as soon as that can be done.
 * @param {Iterable<Element>} places
 */
export function drawMath(places) {
  queue.push(...places);
  if (queue.length > 0 && !isDrawing) drawQueue();
}

async function drawQueue() {
  isDrawing = true;
  try {
    const katex = await load();
    let until = performance.now() + SLICE_MS;
    for (let place = queue.shift(); place; place = queue.shift()) {
      draw(katex, place);
      if (performance.now() < until) continue;
      await new Promise((resolve) => { setTimeout(resolve); });
      until = performance.now() + SLICE_MS;
    }
  } catch {
    queue.length = 0; // Without KaTeX the source is readable all the same.
  }
  isDrawing = false;
}

/** @param {any} katex @param {Element} place */
function draw(katex, place) {
  const source = place.textContent ?? '';
  const isDisplay = /^(?:\$\$|\\\[)/.test(source);
  const length = /^\$(?!\$)/.test(source) ? 1 : 2;
  const tex = source.slice(length, -length);
  const key = `${isDisplay}${tex}`;
  try {
    const node = drawn.get(key)
      ?? checked(katex.__renderToDomTree(tex, {
        displayMode: isDisplay, output: 'htmlAndMathml', throwOnError: true, trust: false,
        strict: 'ignore', maxSize: 20, maxExpand: 200,
      })).toNode();
    if (drawn.size >= MOST_KEPT) drawn.clear();
    drawn.set(key, node);
    place.replaceChildren(node.cloneNode(true));
  } catch {
    return; // The source stays.
  }
  /** @type {HTMLElement} */ (place).dataset.source = source;
  if (!isDisplay) return;
  place.classList.add('math-display');
  const scrolls = { tabindex: '0', role: 'group', 'aria-label': t('formula') };
  for (const [name, value] of Object.entries(scrolls)) place.setAttribute(name, value);
}

/**
 * KaTeX sets most styles in a way that the Content-Security-Policy allows; the few that it would
 * set as an attribute are set in the same way here.
 * @param {any} tree
 * @param {number} [level]
 */
function checked(tree, level = 0) {
  if (level > MOST_LEVELS) throw new RangeError('a formula too deep to be drawn');
  const style = tree.attributes?.style;
  if (style) {
    const make = tree.toNode;
    delete tree.attributes.style;
    tree.toNode = () => {
      const node = make.call(tree);
      node.style.cssText += style;
      return node;
    };
  }
  for (const child of tree.children ?? []) checked(child, level + 1);
  return tree;
}

/** @type {Promise<any> | undefined} */
let loading;

function load() {
  loading ??= (async () => {
    const at = (/** @type {string} */ name) => new URL(`../vendor/katex/${name}`, import.meta.url);
    const sheet = new Promise((onload, onerror) => {
      const { href } = at('katex.css');
      document.head.append(h('link', { rel: 'stylesheet', href, onload, onerror }));
    });
    await Promise.all([sheet, import(at('katex.js').href)]);
    document.addEventListener('copy', copySource);
    return /** @type {any} */ (window).katex;
  })();
  loading.catch(() => { loading = undefined; });
  return loading;
}

/**
 * Whoever copies a formula gets its source; a part of one is all of it.
 * @param {ClipboardEvent} event
 */
function copySource(event) {
  const range = getSelection()?.rangeCount ? getSelection()?.getRangeAt(0) : null;
  if (!range || range.collapsed) return;
  const [first, last] = [range.startContainer, range.endContainer]
    .map((node) => node.parentElement?.closest('.math'));
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copy = h('div.offscreen', null, range.cloneContents());
  const places = copy.querySelectorAll('.math[data-source]');
  if (places.length === 0) return;
  for (const place of places) place.replaceChildren(place.dataset.source);
  document.body.append(copy);
  event.clipboardData?.setData('text/plain', copy.innerText);
  event.clipboardData?.setData('text/html', copy.innerHTML);
  copy.remove();
  event.preventDefault();
}
