// @ts-check
// What is said of a child to somebody who doesn't see the panel: what has really changed, once.

import { stateWords } from './child-state.js';
import { causeWords } from './child-words.js';
import { t } from './strings.js';

/** States worth a word; the others pass by. */
const WORTH_SAYING = ['ready', 'suspect', 'stopped', 'backing_off', 'parked', 'invalid'];

/**
 * @param {ChildStatus | undefined} child undefined where it is gone
 * @param {ChildStatus | undefined} before undefined where nothing was known of it
 * @returns {string[]} a sentence for each piece of news
 */
export function newsOf(child, before) {
  if (!before) return [];
  const name = child?.name || before.name || before.actor_id;
  if (!child) return [t('childGone', { name })];
  const news = [];
  const exit = child.last_exit;
  const hasDied = exit && exit.at !== before.last_exit?.at && exit.cause !== 'operator';
  if (hasDied) news.push(t('childNow', { name, state: causeWords(exit) }));
  if (child.state !== before.state && WORTH_SAYING.includes(child.state)) {
    news.push(t('childNow', { name, state: stateWords(child) }));
  }
  const isUp = child.state === 'ready';
  if (isUp && child.circuit_open_until && !before.circuit_open_until) {
    news.push(t('childSkipped', { name }));
  }
  if (isUp && before.circuit_open_until && !child.circuit_open_until) {
    news.push(t('childAskedAgain', { name }));
  }
  if (child.state !== 'invalid' && child.problem && child.problem !== before.problem) {
    news.push(t('childProblem', { name }));
  }
  return news;
}
