// @ts-check
// What a child wrote to its log while it had a message: read when it is unfolded.

import { h, setText, t } from './dom.js';
import { logRow } from './log-lines.js';
import { loadColours } from './log-text.js';
import { isOpen } from './reply-chip.js';

/** Milliseconds shown before the child was asked and after its answer. */
const MARGIN_MS = 1000;
const MOST_LINES = 200;

/** @typedef {{from: number, to: number}} Moment epoch milliseconds */

/**
 * When a child had a message.
 * @param {Reply} reply
 * @param {boolean} isFinal whether the rollup is stored
 * @returns {Moment | null} null where that can't be told
 */
function momentOf(reply, isFinal) {
  const { message_id: id = '', latency_ms: took, startedAt, heardAt } = reply;
  if (!isFinal) {
    if (!startedAt) return null;
    return { from: startedAt, to: (isOpen(reply) ? Date.now() : heardAt) ?? startedAt };
  }
  // A response's own identifier, a UUIDv7, begins with the time when it was given.
  if (!/^[\da-f]{8}-[\da-f]{4}-7/.test(id)) return null;
  const to = parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return { from: to - (took ?? 0), to };
}

export class ReplyLog {
  /** @type {() => Moment | null} */
  #moment = () => null;
  #read = '';

  /**
   * @param {string} id
   * @param {string} name
   */
  constructor(id, name) {
    this.id = id;
    this.note = h('p.log-note');
    this.lines = h('div.log-lines', {
      tabindex: '0', role: 'group', label: t('logOf', { name }),
      testid: 'reply-log-lines',
    });
    this.element = h(
      'details.reply-log', { testid: 'reply-log', ontoggle: () => this.#update() },
      h('summary', null, t('logThen')), this.note, this.lines,
    );
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isFinal whether the rollup is stored
   */
  show(reply, isFinal) {
    this.#moment = () => momentOf(reply, isFinal);
    this.element.hidden = !this.#moment();
    // While more may come, it is read when somebody unfolds it, and not with each piece.
    if (!isOpen(reply)) this.#update();
  }

  async #update() {
    const moment = this.#moment();
    if (!moment || !this.element.open) return;
    const from = new Date(moment.from - MARGIN_MS).toISOString();
    const to = new Date(moment.to + MARGIN_MS).toISOString();
    const query = new URLSearchParams({ from, to, lines: String(MOST_LINES) });
    const path = `/api/children/${encodeURIComponent(this.id)}/logs?${query}`;
    if (path === this.#read) return;
    this.#read = path;
    let note = '';
    try {
      await loadColours();
      const answer = await fetch(path);
      if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
      /** @type {LogLine[]} */
      const lines = (await answer.json()).lines ?? [];
      if (path !== this.#read) return;
      const then = lines.filter(({ at }) => at >= from && at <= to);
      this.lines.replaceChildren(...then.map(logRow));
      if (then.length === 0) note = t('logThenEmpty');
    } catch (error) {
      this.#read = '';
      note = t('logFailed', { message: /** @type {Error} */ (error).message });
    }
    this.note.hidden = note === '';
    setText(this.note, note);
  }
}
