// @ts-check
// Tells a silent connection from a dead one. A browser can't send WebSocket pings, so after two
// heartbeats of silence an application ping goes out, and silence after that means dead.

const DEFAULT_MS = 15_000;
const ANSWER_MS = 5_000;

export class Heartbeat {
  #ms = DEFAULT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {{ping: () => void, dead: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
  }

  /** @param {number | undefined} ms */
  every(ms) {
    this.#ms = ms && ms > 0 ? ms : DEFAULT_MS;
    this.start();
  }

  start() {
    this.stop();
    this.#timer = setTimeout(() => this.check(), 2 * this.#ms);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  heard() {
    this.start();
  }

  /** Asks at once; anything heard in time counts as the answer. */
  check() {
    this.stop();
    this.#timer = setTimeout(() => this.actions.dead(), Math.min(this.#ms, ANSWER_MS));
    this.actions.ping();
  }
}
