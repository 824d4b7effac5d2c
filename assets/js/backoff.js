// @ts-check
// How long to wait before the next attempt to connect: full jitter, so that many pages that lost
// the same server do not come back in step.

export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MOST_MS = 30_000;

/**
 * @param {number} failures attempts that failed since the last good connection, from 1
 * @param {() => number} [random] between 0 and 1
 * @returns {number} milliseconds
 */
export function backoff(failures, random = Math.random) {
  const ceiling = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(ceiling * random());
}
