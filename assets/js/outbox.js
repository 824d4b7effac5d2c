// @ts-check
// Messages that the server has not acknowledged yet. Each has an item of its own in localStorage,
// so that tabs don't overwrite one another; its id is the `client_msg_id`, so that a message sent
// twice (another tab, a lost answer, a reload) is stored once.

import { Emitter } from './emitter.js';
import { kept } from './storage.js';
import { uuid } from './uuid.js';

const PREFIX = 'chatd.outbox.';

/**
 * Emits `change`, `added`, `stored` with what the server answered, and `unsent` with the state of
 * what did not go out, and why.
 */
export class Outbox extends Emitter {
  /** @type {Map<string, OutboxItem>} */
  #items = new Map();

  /** @param {Socket} socket */
  constructor(socket) {
    super();
    this.socket = socket;
    for (const item of stored()) this.#items.set(item.id, { ...item, state: 'waiting' });
  }

  /** @returns {OutboxItem[]} in the order they were written */
  get list() {
    return [...this.#items.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  /**
   * What is to be shown in a thread. What was refused since its own is gone stands in the main one.
   * @param {string} name
   * @param {Threads} threads
   */
  of(name, threads) {
    const isLost = (/** @type {OutboxItem} */ { thread, state }) => state === 'refused'
      && !threads.list.some(({ id }) => id === thread);
    return this.list.filter((item) => (isLost(item) ? 'main' : item.thread) === name);
  }

  /** @param {{thread: string, content: string, beside?: string}} message */
  add(message) {
    this.#put({ ...message, id: uuid(), at: new Date().toISOString(), state: 'waiting' });
    this.emit('added');
    this.flush();
  }

  /** Sends what waits, one after the other, so that the order stays. */
  async flush() {
    for (const { id } of this.list) {
      const item = this.#items.get(id);
      if (item?.state === 'waiting' && !(await this.#send(item))) return;
    }
  }

  /** @param {string} id */
  retry(id) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#put({ ...item, state: 'waiting', error: undefined });
    this.flush();
  }

  /** @param {string} id */
  discard(id) {
    this.#items.delete(id);
    kept.set(PREFIX + id, null);
    this.emit('change');
  }

  /**
   * @param {OutboxItem} item
   * @returns {Promise<boolean>} false where the connection is gone
   */
  async #send(item) {
    this.#put({ ...item, state: 'sent' });
    try {
      const answer = await this.socket.command('send_message', {
        thread: item.thread, content: item.content, client_msg_id: item.id, beside: item.beside,
      });
      this.emit('stored', answer.messages ?? []);
      this.discard(item.id);
      return true;
    } catch (error) {
      const failure = /** @type {CommandError} */ (error);
      const state = failure.isDisconnected ? 'waiting' : 'refused';
      this.#put({ ...item, state, error: failure.message });
      this.emit('unsent', { state, error: failure.message });
      return !failure.isDisconnected;
    }
  }

  /** @param {OutboxItem} item */
  #put(item) {
    this.#items.set(item.id, item);
    kept.set(PREFIX + item.id, JSON.stringify(item));
    this.emit('change');
  }
}

/** @returns {OutboxItem[]} */
function stored() {
  return kept.keys().filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ thread: 'main', ...parse(kept.get(key)) }))
    .filter((item) => typeof item?.content === 'string' && typeof item.id === 'string');
}

/** @param {string | null} text */
function parse(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
