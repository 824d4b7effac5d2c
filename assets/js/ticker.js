// @ts-check
// Redraws what counts time, as long as it is in the page. One timer for all of it.

const EVERY_MS = 250;

/** @type {Map<Element, () => void>} */
const counting = new Map();
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/**
 * Calls `draw` now and four times a second, until `stopCounting` or until the element is gone.
 * @param {Element} element
 * @param {() => void} draw
 */
export function count(element, draw) {
  draw();
  counting.set(element, draw);
  timer ??= setInterval(tick, EVERY_MS);
}

/** @param {Element} element */
export function stopCounting(element) {
  counting.delete(element);
}

function tick() {
  for (const [element, draw] of counting) {
    if (element.isConnected) draw();
    else counting.delete(element);
  }
  if (counting.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
