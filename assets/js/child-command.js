// @ts-check
// Has chatd start (clean, too: without what it saved), stop, restart or kill a child.

import { t } from './strings.js';

/** @typedef {'start' | 'clean' | 'stop' | 'restart' | 'kill'} Action */

/**
 * Asks for it; what goes wrong is shown. The child's state comes live, whatever the answer is.
 * @param {Action} action
 * @param {ChildStatus} child as it was when the person decided: where it is at another generation
 *   by now, nothing is done to that
 * @param {ChildContext} context
 * @returns {Promise<boolean>} whether it was done
 */
export async function command(action, child, { session, failed }) {
  const { actor_id: id, name, generation } = child;
  const isStart = action === 'start' || action === 'clean';
  const target = isStart ? { manifest_name: id, clean: action === 'clean' }
    : { actor_id: id, generation: generation ?? 0 };
  const verb = isStart ? 'start' : action;
  try {
    await session.socket.command(`${verb}_child`, target);
    return true;
  } catch (error) {
    failed({ what: t('actionOf', { action: t(wordOf(action)), name: name || id }), error });
    return false;
  }
}

/** @param {Action} action @returns the key of its name */
function wordOf(action) {
  return action === 'stop' ? 'stopChild' : action;
}
