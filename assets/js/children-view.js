// @ts-check
// The panel of all children, and how many are ready.

import { ChildCard } from './child-card.js';
import { newsOf } from './child-news.js';
import { arrange, h, setText } from './dom.js';
import { nextFrame } from './frame.js';
import { t } from './strings.js';

export class ChildrenView {
  /** @type {Map<string, ChildCard>} */
  #cards = new Map();

  /**
   * @param {{list: HTMLElement, summaries: HTMLElement[]}} elements
   * @param {ChildContext} context
   */
  constructor(elements, context) {
    this.elements = elements;
    this.context = context;
    this.children = context.session.children;
    this.none = h('li', { class: 'no-children' }, t('noChildren'));
    this.children.on('change', (changes) => {
      nextFrame(this, () => this.#draw());
      const news = changes.flatMap((/** @type {any} */ [child, before]) => newsOf(child, before));
      if (news.length > 0) context.announce(news.join('. '));
    });
  }

  #draw() {
    const children = this.children.list;
    const cards = children.map((child) => this.#card(child));
    const ids = new Set(children.map((child) => child.actor_id));
    for (const id of this.#cards.keys()) if (!ids.has(id)) this.#forget(id);
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
    // A name is part of every label on the card.
    if (known && known.child.name === child.name) {
      if (known.child !== child) known.update(child);
      return known;
    }
    this.#forget(child.actor_id);
    const card = new ChildCard(child, this.context);
    this.#cards.set(child.actor_id, card);
    return card;
  }

  /** @param {string} id */
  #forget(id) {
    this.#cards.get(id)?.close();
    this.#cards.delete(id);
  }
}
