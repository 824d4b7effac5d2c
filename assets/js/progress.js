// @ts-check
// What the children asked have done so far about messages whose rollup is not stored yet.

export class Progress {
  /** @type {Map<string, Map<string, Reply>>} */
  #messages = new Map();

  messageIds() {
    return [...this.#messages.keys()];
  }

  /** @param {string} messageId @returns {Reply[]} in order of the children's names */
  replies(messageId) {
    const replies = [...(this.#messages.get(messageId)?.values() ?? [])];
    return replies.sort((a, b) => (a.child_id < b.child_id ? -1 : 1));
  }

  /** @param {{message_id: string, elapsed_ms: number, child_responses: Reply[]}[]} rollups */
  reset(rollups) {
    this.#messages = new Map();
    for (const { message_id: id, elapsed_ms: elapsed, child_responses: replies } of rollups) {
      for (const reply of replies) this.take(id, reply, Date.now() - elapsed);
    }
  }

  /**
   * @param {string} messageId
   * @param {any} step
   * @param {number} [startedAt]
   */
  take(messageId, step, startedAt = Date.now()) {
    const children = this.#messages.get(messageId) ?? new Map();
    const known = children.get(step.child_id);
    children.set(step.child_id, { startedAt, ...known, ...step, heardAt: Date.now() });
    this.#messages.set(messageId, children);
  }

  /** @param {string} messageId */
  delete(messageId) {
    this.#messages.delete(messageId);
  }
}
