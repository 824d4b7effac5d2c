// @ts-check
// Every child the page has heard of, by its `actor_id`.

import { Emitter } from './emitter.js';

/** @typedef {import('./types').ChildStatus} ChildStatus */

/** Emits `change` with the children whose state became another, and their states before. */
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

  /** A child's name for people. @param {string} id */
  nameOf(id) {
    return this.#children.get(id)?.name || id;
  }

  /**
   * Takes a `children_update`. `children` is all there are; `running_children` those that are
   * wanted up; `available_children` the manifests. Any of them may be missing.
   * @param {{children?: ChildStatus[], running_children?: ChildStatus[],
   *   available_children?: any[]}} update
   */
  update({ children, running_children: running, available_children: available }) {
    /** @type {[ChildStatus, string | undefined][]} */
    const changes = [];
    if (children) {
      const ids = new Set(children.map((child) => child.actor_id));
      for (const id of this.#children.keys()) if (!ids.has(id)) this.#children.delete(id);
    }
    for (const child of [...(children ?? []), ...(running ?? [])]) {
      changes.push([child, this.#children.get(child.actor_id)?.state]);
      this.#children.set(child.actor_id, { ...this.#children.get(child.actor_id), ...child });
    }
    for (const manifest of available ?? []) this.#takeManifest(manifest);
    if (running && !children) this.#findTheOthers(running);
    this.emit('change', changes.filter(([child, before]) => child.state !== before));
  }

  /** Reads all states over HTTP. */
  async refresh() {
    try {
      const answer = await fetch('/api/children');
      const body = await answer.json();
      if (Array.isArray(body.children)) this.update({ children: body.children });
    } catch {
      // The connection's own state is shown elsewhere; the next update brings what was missed.
    }
  }

  /** @param {any} manifest */
  #takeManifest(manifest) {
    const id = manifest.actor_id ?? manifest.manifest_name;
    if (!id || this.#children.has(id)) return;
    this.#children.set(id, { state: 'stopped', actor_id: id, ...manifest });
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
