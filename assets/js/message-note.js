// @ts-check
// Why a message is not what one might expect, in words.

import { hasWord, t, tWord } from './strings.js';

/**
 * @param {Message} message
 * @param {boolean} hasRound whether the tools that it asks for are called behind it
 * @returns {string} empty where there is nothing to say
 */
export function noteOf(message, hasRound) {
  switch (message.status) {
    case 'queued': return t('queued');
    case 'stopped': return t(message.content ? 'noteStopped' : 'noteStoppedFirst');
    case 'interrupted':
      return t('noteInterrupted', { why: message.error?.replace(/\.$/, '') || t('noteCut') });
    case 'failed': return t('noteFailed', { error: message.error || t('noteFailedPlain') });
  }
  const { stop_reason: reason } = message;
  if (message.role !== 'assistant' || message.status !== 'complete') return '';
  if (reason === 'tool_use' && hasRound) return '';
  if (!reason || reason === 'end_turn') return message.content.trim() ? '' : t('noteEmpty');
  return hasWord(`stop_${reason}`) ? tWord('stop_', reason) : t('stopOther', { reason });
}
