// @ts-check
// What is shown stands in the address: `#/THREAD` or `#/THREAD/ENTRY`, so that Back, a bookmark and
// a reload lead there. (A fragment never goes to the server.)

import { Emitter } from './emitter.js';

/** Emits `change` when the person goes elsewhere. */
export class Route extends Emitter {
  constructor() {
    super();
    addEventListener('hashchange', (event) => this.#changed(event));
  }

  /** @param {HashChangeEvent} event */
  #changed({ oldURL }) {
    // A place in the page, such as the message field: the thread stays.
    if (/^#[^/]/.test(location.hash)) history.replaceState(null, '', new URL(oldURL).hash || '#');
    else this.emit('change');
  }

  /** @returns {{thread: string, entry: string}} */
  get now() {
    const [, thread = '', entry = ''] = location.hash.split('/').map(decode);
    return { thread: thread || 'main', entry };
  }

  /** @param {string} thread the address of what is shown without anybody's going there */
  replace(thread) {
    if (thread !== this.now.thread) history.replaceState(null, '', address(thread));
  }
}

/**
 * @param {string} thread
 * @param {string} [entry]
 */
export function address(thread, entry = '') {
  return `#/${encodeURIComponent(thread)}${entry && `/${encodeURIComponent(entry)}`}`;
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
