// @ts-check
// Keeps the page in step with the server's log (contract §5): greets, subscribes with the last
// `seq` it has, takes what follows in order, and subscribes again when something is missing.

import { Emitter } from './emitter.js';

/**
 * Emits `hello`, `live` (the server's state has been taken over), `threads`, `children`, `logs`,
 * `failure`, and `connection` whenever `phase` changes.
 */
export class Session extends Emitter {
  /** @type {'closed' | 'greeting' | 'subscribing' | 'live'} */
  phase = 'closed';
  /** @type {string | null} */
  epoch = null;
  lastSeq = -1;

  /**
   * @param {Socket} socket
   * @param {ThreadModel} thread
   * @param {ChildrenModel} children
   */
  constructor(socket, thread, children) {
    super();
    this.socket = socket;
    this.thread = thread;
    this.children = children;
    socket.on('open', () => this.#enter('greeting'));
    socket.on('closed', () => this.#enter('closed'));
    socket.on('connecting', () => this.emit('connection'));
    socket.on('frame', (frame) => this.#receive(frame));
  }

  /** @param {'closed' | 'greeting' | 'subscribing' | 'live'} phase */
  #enter(phase) {
    this.phase = phase;
    this.emit('connection');
  }

  /** @param {any} frame */
  #receive(frame) {
    switch (frame.type) {
      case 'hello': return this.#hello(frame);
      case 'children_update': return this.children.replace(frame.children);
      case 'log_lines': return this.emit('logs', frame);
      case 'error': return this.emit('failure', frame);
      default:
        // Until the answer to `subscribe` is there, what comes live is part of what it will tell.
        if (this.phase === 'live') this.#receiveLive(frame);
    }
  }

  /** @param {any} frame */
  #receiveLive(frame) {
    if (frame.thread && frame.thread !== this.thread.name) return;
    switch (frame.type) {
      case 'message_update':
        if (this.#isNext(frame)) this.thread.apply(frame.messages ?? [], frame.queued);
        break;
      case 'threads_update':
        if (this.#isNext(frame)) this.#threads(frame.threads ?? []);
        break;
      case 'message_delta':
        if (!this.thread.append(frame.message_id, frame.offset, frame.text)) this.#subscribe();
        break;
      case 'answer_retry':
        this.thread.setRetry(frame.message_id, frame);
        break;
      case 'rollup_progress':
        this.thread.progress(frame.message_id, frame);
        break;
    }
  }

  /** @param {any} hello */
  #hello(hello) {
    this.socket.heartbeatMs = hello.heartbeat_ms;
    if (this.epoch !== null && hello.epoch !== this.epoch) this.lastSeq = -1;
    this.emit('hello', hello);
    this.#subscribe();
  }

  /** Asks for what came since `lastSeq`, or for everything where there is none. */
  async #subscribe() {
    this.#enter('subscribing');
    const past = this.lastSeq >= 0 ? { epoch: this.epoch, last_seq: this.lastSeq } : {};
    const threads = [this.thread.name];
    try {
      this.#subscribed(await this.socket.command('subscribe', { ...past, threads }));
    } catch (error) {
      // A lost connection comes back by itself; a refusal is shown, and asked again without a past.
      if (/** @type {any} */ (error).isDisconnected) return;
      this.emit('failure', error);
      if (this.lastSeq < 0) return;
      this.lastSeq = -1;
      this.#subscribe();
    }
  }

  /** @param {Subscribed} answer */
  #subscribed(answer) {
    this.epoch = answer.epoch;
    if (!answer.resumed) {
      this.lastSeq = answer.seq;
      this.thread.reset(answer.messages ?? [], answer.queued ?? []);
      this.#threads(answer.threads ?? []);
    }
    this.thread.resume(answer.streaming ?? [], answer.rollups ?? []);
    if (answer.children) this.children.replace(answer.children);
    this.socket.settled();
    this.#enter('live');
    this.emit('live');
  }

  /**
   * Whether a numbered event is the next one. One that is known is dropped; a hole starts a new
   * subscription, whose answer fills it.
   * @param {any} frame
   */
  #isNext(frame) {
    if (typeof frame.seq !== 'number' || typeof frame.prev_seq !== 'number') return true;
    if (frame.seq <= this.lastSeq) return false;
    if (frame.prev_seq !== this.lastSeq) {
      this.#subscribe();
      return false;
    }
    this.lastSeq = frame.seq;
    return true;
  }

  /** @param {any[]} threads */
  #threads(threads) {
    const ours = threads.find((thread) => thread.id === this.thread.name);
    if (ours && 'head' in ours) this.#show(ours.head ?? null);
    this.emit('threads', threads);
  }

  /** @param {string | null} head one that is on a branch which was never loaded needs a snapshot */
  #show(head) {
    if (head && this.phase === 'live' && !this.thread.entries.has(head)) {
      this.lastSeq = -1;
      this.#subscribe();
    } else this.thread.setHead(head);
  }
}
