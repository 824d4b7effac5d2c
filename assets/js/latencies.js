// @ts-check
// How long each child took for its last replies.

import { Emitter } from './emitter.js';

const MOST = 30;

/** Emits `change` with a child's id. */
export class Latencies extends Emitter {
  /** @type {Map<string, {message: string, ms: number}[]>} */
  #children = new Map();

  /**
   * Takes in what a rollup tells; one that is taken again counts once.
   * @param {{original_message_id: string, child_responses: Reply[]}} rollup
   */
  take({ original_message_id: message, child_responses: replies }) {
    for (const { child_id: id, status, latency_ms: ms } of replies) {
      if (typeof ms !== 'number' || !['replied', 'declined'].includes(status)) continue;
      const known = this.#children.get(id) ?? [];
      if (known.some((one) => one.message === message && one.ms === ms)) continue;
      const others = known.filter((one) => one.message !== message);
      // Identifiers of messages are in order of time.
      const all = [...others, { message, ms }].sort((a, b) => (a.message < b.message ? -1 : 1));
      this.#children.set(id, all.slice(-MOST));
      this.emit('change', id);
    }
  }

  /** @param {string} id of a child @returns {number[]} milliseconds, the newest last */
  of(id) {
    return (this.#children.get(id) ?? []).map((one) => one.ms);
  }
}
