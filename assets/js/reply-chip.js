// @ts-check
// The chip of one child under a message: its name, what it did, and how long that took.

import { h, icon, setText, t, tWord } from './dom.js';
import { shapes } from './icons.js';
import { latency } from './time.js';

/** What takes fewer milliseconds nobody waits for. */
const NOTABLE_MS = 20;

/** @param {Reply} reply whether its outcome is still to come */
export function isOpen({ status }) {
  return status === 'waiting' || status === 'streaming';
}

const FAILURES = ['crashed', 'timed_out', 'failed', 'skipped'];

/** @param {Reply} reply */
export function isFailure({ status }) {
  return FAILURES.includes(status);
}

/**
 * The child for which the rollup had to wait: its reply took twice as long as the others' at least.
 * @param {Reply[]} replies
 * @returns {string | undefined}
 */
export function slowestOf(replies) {
  const took = replies.filter(({ status, late }) => status === 'replied' && !late)
    .map(({ child_id: id, latency_ms: ms }) => ({ id, ms: ms ?? 0 })).sort((a, b) => b.ms - a.ms);
  if (took.length < 2) return undefined;
  const [{ id, ms }, ...others] = took;
  const median = others[Math.floor(others.length / 2)].ms;
  return ms >= NOTABLE_MS && ms >= 2 * median ? id : undefined;
}

/**
 * @param {HTMLButtonElement} chip
 * @param {Reply} reply
 * @param {string} name
 * @param {boolean} isSlowest
 */
export function drawChip(chip, reply, name, isSlowest) {
  const { status } = reply;
  const key = `${status}|${reply.late}|${reply.latency_ms}|${reply.attempt}|${name}|${isSlowest}`;
  if (chip.dataset.key === key) return;
  chip.dataset.key = key;
  chip.dataset.status = status;
  chip.dataset.late = String(Boolean(reply.late));
  chip.title = isSlowest ? t('slowestWhy', { time: latency(reply.latency_ms) }) : '';
  const isTimeless = isOpen(reply) || status === 'declined' || status === 'skipped';
  const shape = /** @type {keyof typeof shapes} */ (status in shapes ? status : 'more');
  chip.replaceChildren(
    icon(shape), h('span.chip-name', null, name), ' ',
    h('span.chip-status', null, tWord('', status)), ' ',
    reply.late ? h('span.chip-late', null, `${lateWords(reply)} `) : '',
    isSlowest ? h('span.chip-slowest', null, `${t('slowest')} `) : '',
    h('span.chip-time', null, isTimeless ? '' : latency(reply.latency_ms)),
  );
}

/**
 * How long its child has had the message by now.
 * @param {HTMLButtonElement} chip
 * @param {number} startedAt epoch milliseconds
 */
export function drawElapsed(chip, startedAt) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  setText(/** @type {Element} */ (chip.lastElementChild), `${seconds} s`);
}

/** @param {Reply} reply that came after its rollup */
function lateWords({ attempt = 1 }) {
  return attempt > 1 ? t('attempt', { n: attempt }) : t('late');
}
