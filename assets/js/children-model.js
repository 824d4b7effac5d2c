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
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #refresh;

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
   * Takes a `children_update`: `children` are all there are, `running_children` all that are wanted
   * up; either may be missing.
   * @param {{children?: ChildStatus[], running_children?: ChildStatus[]}} update
   */
  update({ children, running_children: running }) {
    if (children) this.replace(children);
    else if (running) {
      this.#take(running);
      this.#findTheOthers(running);
    }
  }

  /** @param {ChildStatus[]} all the children there are; others are gone */
  replace(all) {
    const ids = new Set(all.map((child) => child.actor_id));
    const gone = this.list.filter((child) => !ids.has(child.actor_id));
    for (const child of gone) this.#children.delete(child.actor_id);
    this.#take(all, gone);
  }

  /** Reads all states over HTTP. */
  async refresh() {
    try {
      const answer = await fetch('/api/children');
      const body = await answer.json();
      if (Array.isArray(body.children)) this.replace(body.children);
    } catch {
      // The connection's own state is shown elsewhere; the next update brings what was missed.
    }
  }

  /**
   * @param {ChildStatus[]} children
   * @param {ChildStatus[]} [gone]
   */
  #take(children, gone = []) {
    /** @type {[ChildStatus | undefined, ChildStatus | undefined][]} */
    const changes = gone.map((child) => [undefined, child]);
    for (const news of children) {
      const before = this.#children.get(news.actor_id);
      const child = { ...before, ...news };
      this.#children.set(news.actor_id, child);
      changes.push([child, before]);
    }
    this.emit('change', changes);
  }

  /**
   * A child that was wanted up and is no longer in the list went down: its state must be asked for.
   * @param {ChildStatus[]} running
   */
  #findTheOthers(running) {
    const ids = new Set(running.map((child) => child.actor_id));
    const gone = this.list.some((child) => !ids.has(child.actor_id)
      && !['stopped', 'invalid'].includes(child.state));
    if (!gone) return;
    clearTimeout(this.#refresh);
    this.#refresh = setTimeout(() => this.refresh(), 50);
  }
}
