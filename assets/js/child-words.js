// @ts-check
// A child's state, and its death, in words.

import { t, tWord } from './strings.js';
import { ago, span } from './time.js';

/** The icon of a state: a shape of its own, so that colour is never all there is. */
export const stateShape = /** @type {const} */ ({
  ready: 'ready', starting: 'waiting', suspect: 'suspect', stopping: 'waiting', stopped: 'stopped',
  backing_off: 'timed_out', parked: 'parked', invalid: 'invalid',
});

/** @param {ChildStatus} child @returns {string} */
export function stateWords(child) {
  const left = child.next_start_at ? new Date(child.next_start_at).getTime() - Date.now() : 0;
  if (left > 0 && (child.state === 'backing_off' || child.state === 'parked')) {
    const time = left < 10_000 ? `${(left / 1000).toFixed(1)} s` : span(left);
    return t(`state_${child.state}_in`, { time });
  }
  return tWord('state_', child.state);
}

/**
 * Why it ended last, and when.
 * @param {NonNullable<ChildStatus['last_exit']>} exit
 */
export function exitWords(exit) {
  const what = causeWords(exit) + (exit.reason ? ` (${exit.reason})` : '');
  if (!exit.at) return what;
  if (typeof exit.uptime_ms !== 'number') return t('exitAgo', { what, ago: ago(exit.at) });
  return t('exitAfter', { what, time: span(exit.uptime_ms), ago: ago(exit.at) });
}

/** @param {NonNullable<ChildStatus['last_exit']>} exit */
function causeWords({ cause, code, signal }) {
  switch (cause) {
    case 'exit': return code ? t('exitCode', { code }) : t('exitClean');
    case 'signal': return t('exitSignal', { signal: signal ?? '?' });
    case 'watchdog': return t('exitWatchdog');
    case 'protocol': return t('exitProtocol');
    case 'start_timeout': return t('exitStartTimeout');
    case 'memory': return t('exitMemory');
    case 'operator': return t('exitOperator');
    case 'parent': return t('exitParent');
    default: return t('exitOther', { cause });
  }
}
