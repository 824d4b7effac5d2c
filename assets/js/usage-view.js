// @ts-check
// What the thread has come to, on all its branches, under the message field.

import { setText, t } from './dom.js';
import { usageWords } from './usage.js';

export class UsageView {
  #asked = 0;

  /**
   * @param {HTMLElement} element
   * @param {Session} session
   */
  constructor(element, session) {
    this.element = element;
    this.session = session;
    /** @type {Set<string>} */
    const known = new Set();
    session.on('live', () => this.#load());
    session.thread.on('entry', (id) => {
      const entry = session.thread.entries.get(id);
      if (entry?.type !== 'Message' || !entry.usage || entry.status === 'streaming') return;
      if (known.has(id)) return;
      known.add(id);
      if (session.phase === 'live') this.#load();
    });
  }

  async #load() {
    this.#asked += 1;
    const mine = this.#asked;
    let usage = null;
    try {
      const name = encodeURIComponent(this.session.thread.name);
      const response = await fetch(`/api/threads/${name}/usage`);
      if (response.ok) usage = await response.json();
    } catch {
      // Not connected: the bar above says so, and it is asked for again when that is over.
    }
    if (mine !== this.#asked) return;
    this.element.hidden = !usage?.answers;
    if (!usage?.answers) return;
    const words = t('usageThread', { n: usage.answers, words: usageWords(usage) });
    const rest = usage.unpriced > 0 && usage.cost_micro_usd !== null
      ? ` ${t('usageUnpriced', { n: usage.unpriced })}` : '';
    setText(this.element, words + rest);
  }
}
