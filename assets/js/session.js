// @ts-check
// Keeps the page in step with the server's log (contract §5): greets, subscribes with the last
// `seq` it has, takes what follows in order, and subscribes again when something is missing.

import { Emitter } from './emitter.js';

/**
 * Emits `hello`, `live` (the server's state has been taken over), `entries` (of whatever thread),
 * `gone` (the thread that was shown is deleted: its `id`, and its `name` where that is known),
 * `logs`, `failure`, and `connection` whenever `phase` changes.
 */
export class Session extends Emitter {
  /** @type {'closed' | 'greeting' | 'subscribing' | 'live'} */
  phase = 'closed';
  /** @type {string | null} */
  epoch = null;
  lastSeq = -1;
  /** Up to where what was missed is being told. */
  #until = -1;
  /** @type {string | null} the head, where its entry is yet to come with what was missed */
  #owed = null;
  /** Counts subscriptions: the answer to any but the last is of no use any more. */
  #asked = 0;

  /**
   * @param {Socket} socket
   * @param {ThreadModel} thread the one that is shown
   * @param {Threads} threads
   * @param {ChildrenModel} children
   */
  constructor(socket, thread, threads, children) {
    super();
    this.socket = socket;
    this.thread = thread;
    this.threads = threads;
    this.children = children;
    socket.on('open', () => this.#enter('greeting'));
    socket.on('closed', () => this.#enter('closed'));
    socket.on('connecting', () => this.emit('connection'));
    socket.on('frame', (frame) => this.#receive(frame));
  }

  /** @param {string} name of the thread to show from now on */
  open(name) {
    if (name === this.thread.name) return;
    this.thread.open(name);
    this.#forget();
    if (this.phase === 'live' || this.phase === 'subscribing') this.#subscribe();
  }

  /** @param {string} name of the thread that is shown in the place of one that is gone */
  #leave(name) {
    const { name: id } = this.thread;
    this.thread.open(name);
    this.emit('gone', { id, name: '' });
  }

  /** What is known can't be gone on from: the next subscription brings everything. */
  #forget() {
    this.lastSeq = -1;
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
        if (this.#owed && this.lastSeq >= this.#until) this.#show(this.#owed);
    }
  }

  /** @param {any} frame */
  #receiveLive(frame) {
    switch (frame.type) {
      case 'message_update':
        if (this.#isNext(frame)) this.#entries(frame.messages ?? [], frame.queued);
        return;
      case 'threads_update':
        if (this.#isNext(frame)) this.#threads(frame.threads ?? []);
        return;
    }
    if (frame.thread && frame.thread !== this.thread.name) return;
    switch (frame.type) {
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
    if (this.epoch !== null && hello.epoch !== this.epoch) {
      this.#forget();
      // The numbers of another log mean nothing here.
      this.threads.take([], true);
    }
    this.emit('hello', hello);
    this.#subscribe();
  }

  /** Asks for what came since `lastSeq`, or for everything where there is none. */
  async #subscribe() {
    this.#asked += 1;
    const mine = this.#asked;
    this.#enter('subscribing');
    const thread = this.thread.name;
    const past = this.lastSeq >= 0 ? { epoch: this.epoch, last_seq: this.lastSeq } : {};
    try {
      const wish = { ...past, thread, threads: [thread] };
      const answer = await this.socket.command('subscribe', wish);
      if (mine === this.#asked) this.#subscribed(answer);
    } catch (error) {
      // A lost connection comes back by itself; a refusal is shown, and asked again without a past.
      if (mine !== this.#asked || /** @type {any} */ (error).isDisconnected) return;
      this.emit('failure', error);
      if (this.lastSeq < 0) return;
      this.#forget();
      this.#subscribe();
    }
  }

  /** @param {Subscribed} answer */
  #subscribed(answer) {
    this.epoch = answer.epoch;
    const { thread: name = 'main' } = answer;
    this.#until = answer.seq;
    this.#owed = null;
    if (!answer.resumed) {
      this.lastSeq = answer.seq;
      this.threads.take(answer.threads ?? [], true);
      // The one that was asked for is gone: what streams in this one is yet to be asked for.
      const isGone = name !== this.thread.name;
      if (isGone) this.#leave(name);
      this.thread.reset(answer);
      this.thread.setHead(this.threads.current?.head ?? null);
      this.emit('entries', answer.messages ?? []);
      if (isGone) return void this.#subscribe();
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

  /**
   * @param {Entry[]} entries
   * @param {Message[]} [queued]
   */
  #entries(entries, queued) {
    this.thread.apply(entries, queued);
    this.threads.saw(entries);
    this.emit('entries', entries);
  }

  /** @param {ThreadInfo[]} threads */
  #threads(threads) {
    this.threads.take(threads);
    const ours = threads.find((thread) => thread.id === this.thread.name);
    if (!ours) return;
    if (!ours.deleted_at) return this.#show(ours.head ?? null);
    this.emit('gone', { id: ours.id, name: this.threads.nameOf(ours.id) });
    this.open('main');
  }

  /** @param {string | null} head one that is on a branch which was never loaded needs a snapshot */
  #show(head) {
    const isUnknown = head && this.phase === 'live' && !this.thread.entries.has(head);
    // A thread is told as it is now, and so ahead of the entries that were missed.
    this.#owed = isUnknown && this.lastSeq < this.#until ? head : null;
    if (this.#owed) return;
    if (isUnknown) {
      this.#forget();
      this.#subscribe();
    } else this.thread.setHead(head);
  }
}
