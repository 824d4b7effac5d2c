// @ts-check
// One WebSocket that comes back by itself, and commands over it that get exactly one answer each.

import { backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import { Heartbeat } from './heartbeat.js';
import { t } from './strings.js';

/** What the server answered with `error`, or that the connection went before an answer came. */
export class CommandError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  /** Whether the command may have been lost with the connection. */
  get isDisconnected() {
    return this.code === 'disconnected';
  }
}

/** Emits `open`, `closed` and, for each frame that answers no command, `frame`. */
export class Socket extends Emitter {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
  #asked = new Map();
  #lastRef = 0;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #heartbeat = new Heartbeat({ ping: () => this.#ping(), dead: () => this.#drop() });

  /** @type {number | null} when the next attempt comes (epoch milliseconds), while none runs */
  retryAt = null;

  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Connects, and again at once when the network or the person comes back. When the network goes,
   * a connection may hang without a word; one to this machine goes on.
   */
  start() {
    for (const name of ['online', 'offline']) addEventListener(name, () => this.poke());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.poke();
    });
    this.#connect();
  }

  /** Tries now, without waiting for the backoff; checks a connection that seems to be there. */
  poke() {
    if (this.#socket?.readyState === WebSocket.CONNECTING) return;
    if (this.isOpen) this.#heartbeat.check();
    else this.#connect();
  }

  /**
   * Sends a command; its answer carries the same `ref`.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>} rejects with `CommandError`
   */
  command(type, fields = {}) {
    return new Promise((resolve, reject) => {
      const ref = `c${++this.#lastRef}`;
      if (!this.#write({ type, ref, ...fields })) {
        reject(new CommandError('disconnected', t('noConnection')));
      } else this.#asked.set(ref, { resolve, reject });
    });
  }

  /**
   * How often the server lets itself be heard, from `hello`.
   * @param {number | undefined} ms
   */
  set heartbeatMs(ms) {
    this.#heartbeat.every(ms);
  }

  /** Starts the backoff anew: the server is there and speaks. */
  settled() {
    this.#failures = 0;
  }

  /** @param {object} frame */
  #write(frame) {
    if (!this.#socket || !this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #ping() {
    this.#write({ type: 'ping' });
  }

  #connect() {
    clearTimeout(this.#retry);
    this.retryAt = null;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    // A socket that was given up may still speak: only the current one is listened to.
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.#heartbeat.start();
      this.emit('open');
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#closed();
    };
    this.emit('connecting');
  }

  #drop() {
    const socket = this.#socket;
    this.#closed();
    socket?.close(4000, 'nothing heard');
  }

  #closed() {
    this.#socket = null;
    this.#heartbeat.stop();
    this.#failures += 1;
    const wait = backoff(this.#failures);
    this.retryAt = Date.now() + wait;
    this.#retry = setTimeout(() => this.#connect(), wait);
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(new CommandError('disconnected', t('noConnection')));
    this.emit('closed');
  }

  /** @param {unknown} text */
  #receive(text) {
    this.#heartbeat.heard();
    const frame = parse(text);
    if (!frame) return;
    const asked = typeof frame.ref === 'string' ? this.#asked.get(frame.ref) : undefined;
    if (!asked) {
      this.emit('frame', frame);
      return;
    }
    this.#asked.delete(frame.ref);
    if (frame.type === 'error') {
      asked.reject(new CommandError(String(frame.code ?? 'error'), String(frame.message ?? '')));
    } else asked.resolve(frame);
  }
}

/** @param {unknown} text */
function parse(text) {
  try {
    const frame = JSON.parse(String(text));
    return frame && typeof frame === 'object' ? frame : null;
  } catch {
    return null;
  }
}
