// @ts-check
// The panel of all children, and how many are ready.

import { ChildCard } from './child-card.js';
import { stateWords } from './child-words.js';
import { arrange, h, setText } from './dom.js';
import { nextFrame } from './frame.js';
import { t } from './strings.js';

/** States worth telling somebody who doesn't see the panel. */
const WORTH_SAYING = ['ready', 'suspect', 'stopped', 'backing_off', 'parked', 'invalid'];

export class ChildrenView {
  /** @type {Map<string, ChildCard>} */
  #cards = new Map();

  /**
   * @param {{list: HTMLElement, summaries: HTMLElement[]}} elements
   * @param {Session} session
   * @param {{announce: (text: string) => void, failed: (error: any) => void}} context
   */
  constructor(elements, session, context) {
    this.elements = elements;
    this.session = session;
    this.context = context;
    this.none = h('li', { class: 'no-children' }, t('noChildren'));
    session.children.on('change', (changes) => {
      nextFrame(this, () => this.#draw());
      this.#announce(changes);
    });
  }

  #draw() {
    const children = this.session.children.list;
    const cards = children.map((child) => this.#card(child));
    const ids = new Set(children.map((child) => child.actor_id));
    for (const id of this.#cards.keys()) if (!ids.has(id)) this.#cards.delete(id);
    arrange(this.elements.list, cards.length > 0 ? cards.map((card) => card.element) : [this.none]);
    const ready = children.filter((child) => child.state === 'ready').length;
    for (const summary of this.elements.summaries) {
      const text = t('childrenReady', { ready, all: children.length });
      setText(summary, summary.dataset.short === undefined ? text : `${ready}/${children.length}`);
    }
  }

  /** @param {ChildStatus} child */
  #card(child) {
    const known = this.#cards.get(child.actor_id);
    if (known) {
      if (known.child !== child) known.update(child);
      return known;
    }
    const card = new ChildCard(child, { session: this.session, failed: this.context.failed });
    this.#cards.set(child.actor_id, card);
    return card;
  }

  /** @param {[ChildStatus, string | undefined][]} changes */
  #announce(changes) {
    const said = changes
      .filter(([child, before]) => before !== undefined && WORTH_SAYING.includes(child.state))
      .map(([child]) => t('childNow', {
        name: child.name || child.actor_id, state: stateWords(child),
      }));
    if (said.length > 0) this.context.announce(said.join('. '));
  }
}
