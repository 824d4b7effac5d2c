// @ts-check
// Every thread the page has heard of, which of them is shown, and what a person does to them.

import { Emitter } from './emitter.js';
import { t } from './strings.js';

/** Emits `change`. */
export class Threads extends Emitter {
  /** @type {Map<string, ThreadInfo>} */
  #threads = new Map();

  /**
   * @param {Socket} socket
   * @param {ThreadModel} shown
   */
  constructor(socket, shown) {
    super();
    this.socket = socket;
    this.shown = shown;
    shown.on('opened', () => this.emit('change'));
  }

  /** Those that are not deleted, the one with the latest change of an entry first. */
  get list() {
    const living = [...this.#threads.values()].filter((one) => !one.deleted_at);
    return living.sort((a, b) => (b.last_seq || b.seq) - (a.last_seq || a.seq));
  }

  /** @returns {ThreadInfo | undefined} the one that is shown, once it is known */
  get current() {
    return this.#threads.get(this.shown.name);
  }

  /** @param {string} id */
  get(id) {
    return this.#threads.get(id);
  }

  /** @param {string} id @returns {string} */
  nameOf(id) {
    return this.#threads.get(id)?.title || t(id === 'main' ? 'mainThread' : 'untitled');
  }

  /** @param {ThreadInfo} thread whether something in it is newer than what was read there */
  isUnread({ id, last_seq: last, read_seq: read }) {
    return id !== this.shown.name && (last ?? 0) > read;
  }

  /**
   * @param {ThreadInfo[]} threads
   * @param {boolean} [isAll] others than these are gone
   */
  take(threads, isAll = false) {
    const known = this.#threads;
    if (isAll) this.#threads = new Map();
    for (const thread of threads) {
      const before = known.get(thread.id);
      // An answer may come behind the news of what was changed after it.
      if (!isAll && before && before.seq > thread.seq) continue;
      // A number of before the last change of an entry that came live is no news.
      const last = Math.max(thread.last_seq ?? 0, before?.last_seq ?? 0);
      this.#threads.set(thread.id, { ...thread, last_seq: last });
    }
    this.emit('change');
  }

  /** @param {Entry[]} entries that were added or amended */
  saw(entries) {
    let isNews = false;
    for (const { thread: id, seq } of entries) {
      const thread = this.#threads.get(id);
      if (!thread || seq <= (thread.last_seq ?? 0)) continue;
      this.#threads.set(id, { ...thread, last_seq: seq });
      isNews = true;
    }
    if (isNews) this.emit('change');
  }

  /** @returns {Promise<string>} the new thread's id */
  async create() {
    const [thread] = await this.#ask('create_thread', {});
    return thread.id;
  }

  /**
   * @param {Record<string, unknown>} fields as the contract's §4 has them
   * @param {string} [id] the one that is shown unless it is named
   * @returns {Promise<ThreadInfo>} as it is then
   */
  async update(fields, id = this.shown.name) {
    const [thread] = await this.#ask('update_thread', { id, ...fields });
    return thread;
  }

  /**
   * Leads the thread that is shown to the branch of an entry, for all who have it open.
   * @param {string} id
   */
  async lead(id) {
    const { head } = await this.update({ head: id });
    // The entry itself may stand further back than what is loaded then.
    if (head) await this.shown.reached(head);
  }

  /** @param {string} childId whether it is not asked in the thread that is shown */
  isMuted(childId) {
    return this.current?.muted?.includes(childId) ?? false;
  }

  /** @param {string} id */
  async remove(id) {
    await this.#ask('delete_thread', { id });
  }

  /**
   * @param {string} command
   * @param {Record<string, unknown>} fields
   * @returns {Promise<ThreadInfo[]>}
   */
  async #ask(command, fields) {
    const { threads } = await this.socket.command(command, fields);
    this.take(threads ?? []);
    return threads ?? [];
  }
}
