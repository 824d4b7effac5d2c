// @ts-check
// At most one paint a frame: whatever changes between two frames is drawn once, in the second.

/** @type {Map<unknown, () => void>} */
const waiting = new Map();
let asked = false;

/**
 * Runs `draw` in the next frame; a later call with the same key before then takes its place.
 * @param {unknown} key
 * @param {() => void} draw
 */
export function nextFrame(key, draw) {
  waiting.set(key, draw);
  if (asked) return;
  asked = true;
  requestAnimationFrame(flush);
}

function flush() {
  asked = false;
  const due = [...waiting.values()];
  waiting.clear();
  for (const draw of due) draw();
}
