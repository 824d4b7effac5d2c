// @ts-check
// A child's death and what comes next, in words.

import { hasWord, t, tWord } from './strings.js';
import { ago, clockWithSeconds, countdown, lasting, until, withLocalTimes } from './time.js';

/**
 * Why it ended last, and when.
 * @param {LastExit} exit
 */
export function exitWords(exit) {
  const cause = causeWords(exit);
  const why = withLocalTimes(exit.reason ?? '');
  const what = why ? t('exitWhy', { what: cause, why }) : cause;
  return exit.at ? t('exitAgo', { what, ago: ago(exit.at) }) : t('exit', { what });
}

/** @param {LastExit} exit */
export function causeWords({ cause, code, signal, reason }) {
  switch (cause) {
    case 'exit':
      // A reason says more than what a code usually means.
      return code ? explained(t('exitCode', { code }), reason ? '' : `code_${code}`)
        : t('exitClean');
    case 'signal': return explained(t('exitSignal', { signal: signal ?? '?' }), `signal_${signal}`);
    default: return hasWord(`exit_${cause}`) ? tWord('exit_', cause) : t('exitOther', { cause });
  }
}

/**
 * @param {string} words
 * @param {string} key of what explains them, if the table has it
 */
function explained(words, key) {
  return hasWord(key) ? t('exitWhy', { what: words, why: tWord('', key) }) : words;
}

/**
 * Whether it is down because of how it ended: no person wanted it so.
 * @param {ChildStatus} child
 */
export function isDownByItself({ state, wanted, last_exit: exit }) {
  if (!exit || exit.cause === 'operator') return false;
  return state === 'backing_off' || state === 'parked' || (state === 'stopped' && wanted === 'up');
}

/**
 * What comes next, or, where that has come already, what it was.
 * @param {ChildStatus} child that ended once
 */
export function nextWords({ state, wanted, next_start_at: start, last_exit: exit }) {
  const left = until(start);
  const times = { time: countdown(left), at: clockWithSeconds(start ?? '') };
  switch (state) {
    case 'starting': return t('nextStarting');
    case 'backing_off': return left > 0 ? t('nextStart', times) : t('nextStarting');
    case 'parked':
      if (!start) return t('nextNever');
      return left > 0 ? t('nextTry', times) : t('nextStarting');
    case 'stopped': return wanted === 'up' ? t('nextPolicy') : t('nextPerson');
    default: return thenWords(exit);
  }
}

/** @param {LastExit | null | undefined} exit */
function thenWords(exit) {
  if (exit?.next === 'starting') return t('thenAtOnce');
  const { at, next_start_at: start } = exit ?? {};
  if (exit?.next !== 'backing_off' || !at || !start) return exit?.next ? t('thenLater') : '';
  return t('thenAfter', { time: lasting(new Date(start).getTime() - new Date(at).getTime()) });
}
