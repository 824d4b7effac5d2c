// @ts-check
// Every child the page has heard of, by its `actor_id`.

import { Emitter } from './emitter.js';

/**
 * Emits `change` with each child there was news of and what was known of it before: `[child,
 * undefined]` is a new one, `[undefined, before]` one that is gone.
 */
export class ChildrenModel extends Emitter {
  /** @type {Map<string, ChildStatus>} */
  #children = new Map();

  /** @returns {ChildStatus[]} in order of their names */
  get list() {
    return [...this.#children.values()].sort((a, b) => (a.actor_id < b.actor_id ? -1 : 1));
  }

  /** @param {string} id */
  get(id) {
    return this.#children.get(id);
  }

  /** @param {string} id @returns {string} its name for people */
  nameOf(id) {
    return this.#children.get(id)?.name || id;
  }

  /**
   * Takes in how the children are now. Only what comes in the order of the WebSocket belongs here:
   * an answer over another way may be older than what has come since.
   * @param {ChildStatus[]} all the children there are; others are gone
   */
  replace(all) {
    const known = this.#children;
    this.#children = new Map(all.map((child) => [child.actor_id, child]));
    const gone = [...known.values()].filter((child) => !this.#children.has(child.actor_id));
    this.emit('change', [
      ...gone.map((child) => [undefined, child]),
      ...all.map((child) => [child, known.get(child.actor_id)]),
    ]);
  }
}
