// @ts-check
// The panel of all children, and how many are ready.

import { ChildCard } from './child-card.js';
import { ChildFilter } from './child-filter.js';
import { arrange, h, setText, t } from './dom.js';
import { nextFrame } from './frame.js';
import { later } from './later.js';
import { Latencies } from './latencies.js';
import { RestartAll } from './restart-all.js';

export class ChildrenView {
  /** @type {Map<string, ChildCard>} */
  #cards = new Map();
  /** How long the children took, in whatever thread. */
  latencies = new Latencies();

  /**
   * @param {{list: HTMLElement, summaries: HTMLElement[]}} elements
   * @param {ChildContext} context
   */
  constructor(elements, context) {
    this.elements = elements;
    this.context = context;
    const { children } = context.session;
    this.children = children;
    this.none = h('li.no-children');
    this.filter = new ChildFilter(() => this.#draw());
    this.restartAll = new RestartAll(context);
    elements.list.before(
      h('div.child-tools', null, this.filter.element, this.restartAll.element),
    );
    children.on('change', (changes) => {
      nextFrame(this, () => this.#draw());
      this.#announce(changes);
    });
    context.session.on('entries', (entries) => {
      for (const entry of entries) if (entry.type === 'Rollup') this.latencies.take(entry);
    });
    this.latencies.on('change', (id) => {
      const card = this.#cards.get(id);
      if (card) nextFrame(card.sparkline, () => card.drawLatencies());
    });
  }

  /** @param {[ChildStatus | undefined, ChildStatus | undefined][]} changes */
  async #announce(changes) {
    // Those that are heard of for the first time are no news.
    if (!changes.some(([, before]) => before)) return;
    try {
      const { newsOf } = await later.news();
      const news = changes.flatMap(([child, before]) => newsOf(child, before));
      if (news.length > 0) this.context.announce(news.join('. '));
    } catch (error) {
      this.context.failed({ what: t('children'), error });
    }
  }

  #draw() {
    const children = this.children.list;
    const cards = children.map((child) => this.#card(child));
    const ids = new Set(children.map((child) => child.actor_id));
    for (const id of this.#cards.keys()) if (!ids.has(id)) this.#forget(id);
    const found = children.filter((child) => this.filter.matches(child));
    this.filter.update(found.length, children.length);
    this.restartAll.update(found, found.length < children.length);
    // Nobody loses the place where they are because the child is no longer what they looked for.
    const shown = cards.filter(({ child, element }) => found.includes(child)
      || element.contains(document.activeElement));
    setText(this.none, t(children.length > 0 ? 'noMatch' : 'noChildren'));
    arrange(this.elements.list, shown.length > 0 ? shown.map((card) => card.element) : [this.none]);
    for (const card of shown) card.count();
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
    const card = new ChildCard(child, this.context, this.latencies);
    this.#cards.set(child.actor_id, card);
    return card;
  }

  /** @param {string} id */
  #forget(id) {
    this.#cards.get(id)?.close();
    this.#cards.delete(id);
  }
}
