// @ts-check
// A thread's order: from its head back along the parents. Where branches exist, the one with the
// head is shown. Identifiers are UUIDv7, so comparing them compares ages.

export class Path {
  /** @type {string | null} where the search for the head starts; what follows it is newer */
  #anchor = null;
  /** @type {Map<string, Set<string>>} */
  #followers = new Map();
  /** @type {Entry[] | null} */
  #cached = null;

  /** @param {Map<string, Entry>} entries shared with the thread */
  constructor(entries) {
    this.entries = entries;
  }

  clear() {
    this.#anchor = null;
    this.#followers.clear();
    this.#cached = null;
  }

  /** Says that an entry was replaced by a newer version of itself. */
  amended() {
    this.#cached = null;
  }

  /**
   * Says what stands behind an entry, whether the page has it or not.
   * @param {string | null} parent null: nothing, these are a thread's first
   * @param {string[]} ids
   */
  fork(parent, ids) {
    const followers = this.#followers.get(parent ?? '') ?? new Set();
    for (const id of ids) followers.add(id);
    this.#followers.set(parent ?? '', followers);
  }

  /**
   * What could stand in an entry's place, itself included, oldest first.
   * @param {Entry} entry
   * @returns {string[]}
   */
  alternatives({ parent }) {
    const ids = [...this.#followers.get(parent ?? '') ?? []];
    // A message that was queued has had another parent before.
    return ids.filter((id) => (this.entries.get(id)?.parent ?? parent) === parent).sort();
  }

  /** @param {Entry} entry that is in `entries` already */
  insert(entry) {
    this.#cached = null;
    this.fork(entry.parent, [entry.id]);
    // What follows the anchor takes its place; something newer beside it is a new branch.
    if (this.#anchor === null || entry.parent === this.#anchor
      || (entry.id > this.#anchor && !this.#areInLine(entry))) {
      this.#anchor = entry.id;
    }
  }

  /**
   * The head as the server names it. An unknown one is left for the entry that brings it.
   * @param {string | null} id
   * @returns {boolean} whether the order may have changed
   */
  setHead(id) {
    if (!id || id === this.#anchor || !this.entries.has(id)) return false;
    this.#anchor = id;
    this.#cached = null;
    return true;
  }

  /** @returns {string | null} the last entry's id */
  get head() {
    let id = this.#anchor;
    while (id) {
      const newest = this.#newestFollower(id);
      if (!newest) break;
      id = newest;
    }
    return id;
  }

  /** The entries from the oldest known to the head. @returns {Entry[]} */
  get list() {
    this.#cached ??= [...this.#walk(this.head)].reverse();
    return this.#cached;
  }

  /** @param {string} id @returns {number} its place in `list`; -1: it has none */
  indexOf(id) {
    return this.list.findIndex((entry) => entry.id === id);
  }

  /** The entries from the head on, newest first. */
  * backwards() {
    const list = this.list;
    for (let i = list.length - 1; i >= 0; i -= 1) yield list[i];
  }

  /** The id of an entry that comes before all that are known, if there is one. */
  get missingParent() {
    const parent = this.list[0]?.parent;
    return parent && !this.entries.has(parent) ? parent : null;
  }

  /** @param {string | null} from */
  * #walk(from) {
    let entry = from ? this.entries.get(from) : undefined;
    while (entry) {
      yield entry;
      entry = entry.parent ? this.entries.get(entry.parent) : undefined;
    }
  }

  /** @param {string} id */
  #newestFollower(id) {
    let newest = '';
    for (const one of this.#followers.get(id) ?? []) {
      if (one > newest && this.entries.get(one)?.parent === id) newest = one;
    }
    return newest;
  }

  /** @param {Entry} entry whether it is before or after the anchor on one line */
  #areInLine(entry) {
    for (const one of this.#walk(entry.id)) if (one.id === this.#anchor) return true;
    for (const one of this.#walk(this.#anchor)) if (one.id === entry.id) return true;
    return false;
  }
}
