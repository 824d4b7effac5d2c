// @ts-check
// What a child is doing, in words and as a shape.

import { t, tWord } from './strings.js';
import { clockWithSeconds, countdown, until } from './time.js';

/** The icon of a state: a shape of its own, so that colour is never all there is. */
export const stateShape = /** @type {const} */ ({
  ready: 'ready', starting: 'waiting', suspect: 'suspect', stopping: 'waiting', stopped: 'stopped',
  backing_off: 'timed_out', parked: 'parked', invalid: 'invalid',
});

/** @param {ChildStatus} child @returns {string} */
export function stateWords(child) {
  const left = until(child.next_start_at);
  if (left > 0 && child.state === 'backing_off') {
    return t('state_backing_off_in', { time: countdown(left) });
  }
  return tWord('state_', child.state);
}

/**
 * That it is skipped for having answered too late too often; empty where it is not.
 * @param {ChildStatus} child
 */
export function circuitWords({ state, circuit_open_until: end }) {
  if (!end || !['ready', 'suspect'].includes(state)) return '';
  const left = until(end);
  if (left === 0) return t('circuitProbe');
  return t('circuitOpen', { at: clockWithSeconds(end), time: countdown(left) });
}
