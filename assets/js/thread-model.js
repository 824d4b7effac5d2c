// @ts-check
// One thread as the page knows it: entries, their order by parents, what streams, what waits.

import { Emitter } from './emitter.js';
import { Path } from './path.js';
import { Progress } from './progress.js';

/**
 * Emits `opened` (another thread is shown from now on), `order` (entries came, went or moved),
 * `entry` and `text` (a message's id), `rollup` (the id of the message it belongs to), `retry` (the
 * id of an answer that waits to be asked for again, or waits no more), and `arrived` (entries that
 * were not known before).
 */
export class ThreadModel extends Emitter {
  /** @type {Map<string, Entry>} */
  entries = new Map();
  /** @type {Map<string, Message>} */
  queued = new Map();
  /** @type {Map<string, string>} */
  #rollupOf = new Map();
  path = new Path(this.entries);
  inProgress = new Progress();
  /** @type {Map<string, RetryOfAnswer>} answers that wait to be asked for again */
  retries = new Map();

  /** @param {string} name the thread's id */
  constructor(name) {
    super();
    this.name = name;
  }

  /**
   * Shows another thread, of which nothing is known yet.
   * @param {string} name
   */
  open(name) {
    this.name = name;
    this.inProgress.reset([]);
    this.reset({});
    this.emit('opened');
  }

  /** @param {string} messageId @returns {Rollup | undefined} */
  rollup(messageId) {
    const id = this.#rollupOf.get(messageId);
    return id ? /** @type {Rollup} */ (this.entries.get(id)) : undefined;
  }

  /**
   * The id by which the turn can be stopped that is writing an answer, or calling tools for one;
   * empty where none does.
   */
  get underWay() {
    for (const entry of this.path.backwards()) {
      if (entry.type === 'Message') {
        if (entry.status === 'streaming') return entry.id;
        if (entry.role === 'user') return '';
      }
      const isOpen = entry.type === 'ToolRound'
        && entry.calls.some(({ status }) => status === 'waiting' || status === 'running');
      if (isOpen) return entry.original_message_id;
    }
    return '';
  }

  /** @param {string} id @returns {Promise<void>} once it is on the path, or the thread left */
  async reached(id) {
    const { name } = this;
    if (this.path.indexOf(id) >= 0) return;
    await new Promise((resolve) => {
      const end = this.on('order', () => {
        if (this.name === name && this.path.indexOf(id) < 0) return;
        end();
        resolve(undefined);
      });
    });
  }

  /** @returns {Message | undefined} the last one on the path */
  get lastMessage() {
    for (const entry of this.path.backwards()) if (entry.type === 'Message') return entry;
    return undefined;
  }

  /**
   * Starts anew from a snapshot, its messages oldest first.
   * @param {{messages?: Entry[], queued?: Message[], forks?: Fork[]}} snapshot
   */
  reset({ messages = [], queued = [], forks = [] }) {
    this.entries.clear();
    this.queued.clear();
    this.#rollupOf.clear();
    this.path.clear();
    this.retries.clear();
    for (const entry of [...messages, ...queued]) this.#take(entry);
    for (const { parent, entries } of forks) this.path.fork(parent, entries);
    this.emit('order');
    for (const id of this.entries.keys()) this.#changed(id);
  }

  /**
   * Takes new and amended entries; older versions of known ones are left out.
   * @param {Entry[]} entries
   * @param {Message[]} [queued]
   */
  apply(entries, queued = []) {
    const arrived = [...entries, ...queued].filter((entry) => this.#take(entry));
    this.emit('order');
    for (const entry of [...entries, ...queued]) this.#changed(entry.id);
    if (arrived.length > 0) this.emit('arrived', arrived);
  }

  /**
   * Takes entries from before those that are known.
   * @param {{messages?: Entry[], forks?: Fork[]}} page
   */
  prepend({ messages = [], forks = [] }) {
    for (const entry of messages) this.#take(entry);
    for (const { parent, entries } of forks) this.path.fork(parent, entries);
    this.emit('order');
  }

  /**
   * What is under way, as the answer to `subscribe` tells it.
   * @param {{message_id: string, text: string, retry?: RetryOfAnswer}[]} streaming
   * @param {NonNullable<Subscribed['rollups']>} rollups
   */
  resume(streaming, rollups) {
    const before = this.inProgress.messageIds();
    this.inProgress.reset(rollups);
    for (const id of [...before, ...this.inProgress.messageIds()]) this.emit('rollup', id);
    for (const id of [...this.retries.keys()]) this.setRetry(id, undefined);
    for (const { message_id: id, text, retry } of streaming) {
      const message = this.#streamed(id);
      if (message.status !== 'streaming') continue;
      message.content = text;
      this.emit('text', id);
      this.setRetry(id, retry);
    }
  }

  /**
   * @param {string} id of an answer of which nothing has come
   * @param {RetryOfAnswer | undefined} retry undefined: it does not wait any more
   */
  setRetry(id, retry) {
    if (retry) this.retries.set(id, retry);
    else if (!this.retries.delete(id)) return;
    this.emit('retry', id);
  }

  /**
   * Adds a piece of streamed text.
   * @param {string} id
   * @param {number} offset in UTF-16 code units
   * @param {string} text
   * @returns {boolean} false where a piece before it is missing
   */
  append(id, offset, text) {
    const message = this.#streamed(id);
    if (message.status !== 'streaming') return true;
    const have = message.content.length;
    if (offset > have) return false;
    this.setRetry(id, undefined);
    message.content += text.slice(have - offset);
    this.emit('text', id);
    return true;
  }

  /**
   * @param {string} messageId
   * @param {any} step a child's state, as `rollup_progress` has it
   */
  progress(messageId, step) {
    if (this.#rollupOf.has(messageId)) return;
    this.inProgress.take(messageId, step);
    this.emit('rollup', messageId);
  }

  /** @param {string | null} id */
  setHead(id) {
    if (this.path.setHead(id)) this.emit('order');
  }

  /** @param {Entry} entry @returns {boolean} whether it was not known before */
  #take(entry) {
    if ((entry.thread ?? this.name) !== this.name) return false;
    if (entry.type === 'Message' && entry.status === 'queued') {
      const isNew = !this.queued.has(entry.id);
      if (!this.entries.has(entry.id)) this.queued.set(entry.id, entry);
      return isNew;
    }
    const wasQueued = this.queued.delete(entry.id);
    const known = this.entries.get(entry.id);
    if (known && known.seq > entry.seq) return false;
    if (known?.type === 'Message' && entry.type === 'Message') keepStreamed(known, entry);
    this.entries.set(entry.id, entry);
    if (entry.type === 'Rollup') {
      this.#rollupOf.set(entry.original_message_id, entry.id);
      this.inProgress.delete(entry.original_message_id);
    }
    this.path.amended();
    if (known && known.parent === entry.parent) return false;
    this.path.insert(entry);
    return !known && !wasQueued;
  }

  /** @param {string} id */
  #changed(id) {
    const entry = this.entries.get(id) ?? this.queued.get(id);
    this.setRetry(id, undefined);
    if (entry?.type === 'Rollup') this.emit('rollup', entry.original_message_id);
    else if (entry) this.emit('entry', id);
  }

  /** @param {string} id of the message that text belongs to; made up until its entry comes */
  #streamed(id) {
    const known = this.entries.get(id);
    if (known?.type === 'Message') return known;
    /** @type {Message} */
    const message = {
      type: 'Message', id, parent: this.path.head, thread: this.name, seq: -1,
      created_at: new Date().toISOString(), role: 'assistant', content: '', status: 'streaming',
    };
    this.apply([message]);
    return message;
  }
}

/**
 * Text that came in pieces outlives an entry that has less of it and is not final.
 * @param {Message} known
 * @param {Message} entry
 */
function keepStreamed(known, entry) {
  if (entry.status === 'streaming' && known.content.startsWith(entry.content)) {
    entry.content = known.content;
  }
}
