// @ts-check
// A child's log, live while it is open: the end stays in view unless somebody reads further up.

import { h } from './dom.js';
import { t } from './strings.js';
import { clockWithSeconds } from './time.js';

/** Lines kept on the page; older ones are in the file. */
const MOST_LINES = 1000;
const FIRST_LINES = 200;

export class LogView {
  #isFollowing = true;
  /** @type {() => void} */
  #unlisten = () => {};

  /**
   * @param {string} id
   * @param {string} name
   * @param {Session} session
   */
  constructor(id, name, session) {
    this.id = id;
    this.session = session;
    this.lines = h('div', {
      class: 'log-lines', tabindex: '0', role: 'group', 'aria-label': t('logOf', { name }),
      'data-testid': 'log', onscroll: () => this.#scrolled(),
    });
    this.note = h('p', { class: 'log-note' }, t('logEmpty'));
    this.element = h('div', { class: 'log' }, this.note, this.lines);
  }

  /** Shows what there is, and what comes. */
  open() {
    const { session } = this;
    const unlogs = session.on('logs', (frame) => {
      if (frame.actor_id === this.id) this.#append(frame.lines ?? [], frame.dropped ?? 0);
    });
    // A new connection knows nothing of the old one's tails.
    const unlive = session.on('live', () => this.#tail());
    this.#unlisten = () => { unlogs(); unlive(); };
    this.#tail();
  }

  close() {
    this.#unlisten();
    // That it could not be ended is nobody's trouble: the lines are no longer looked at.
    this.session.socket.command('untail_logs', { actor_id: this.id }).catch(() => {});
  }

  async #tail() {
    try {
      const answer = await this.session.socket.command('tail_logs', { actor_id: this.id });
      this.lines.replaceChildren();
      this.#append(answer.lines ?? [], answer.dropped ?? 0);
    } catch (error) {
      if (!(/** @type {any} */ (error).isDisconnected)) await this.#read();
    }
  }

  /** Where the log can't be followed, what it has now. */
  async #read() {
    try {
      const path = `/api/children/${encodeURIComponent(this.id)}/logs?lines=${FIRST_LINES}`;
      const answer = await fetch(path);
      if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
      const { lines } = await answer.json();
      this.lines.replaceChildren();
      this.#append(lines ?? [], 0);
    } catch (error) {
      this.note.hidden = false;
      this.note.textContent = t('logFailed', { message: /** @type {Error} */ (error).message });
    }
  }

  /**
   * @param {LogLine[]} lines
   * @param {number} dropped
   */
  #append(lines, dropped) {
    if (dropped > 0) {
      this.lines.append(h('p', { class: 'log-dropped' }, t('logDropped', { n: dropped })));
    }
    for (const line of lines) {
      this.lines.append(h(
        'div', { class: 'log-line', 'data-stream': line.stream },
        h('time', { title: line.at }, clockWithSeconds(line.at)),
        h('span', { class: 'log-stream' }, line.stream),
        h('span', { class: 'log-text' }, line.text),
      ));
    }
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild?.remove();
    this.note.hidden = this.lines.childElementCount > 0;
    if (this.#isFollowing) this.lines.scrollTop = this.lines.scrollHeight;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.lines;
    this.#isFollowing = scrollHeight - scrollTop - clientHeight < 24;
  }
}
