// @ts-check
// What an empty thread shows: who listens, and how to begin.

import { arrange, h, t } from './dom.js';
import { tile, toneOf } from './tones.js';

export class EmptyView {
  /**
   * @param {ChildrenModel} children
   * @param {Threads} threads
   * @param {(childId: string) => void} address puts `@NAME` into the composer
   */
  constructor(children, threads, address) {
    this.children = children;
    this.threads = threads;
    this.address = address;
    /** @type {Map<string, HTMLElement>} */
    this.cards = new Map();
    this.hint = h('p.empty-hint');
    this.list = h('div.empty-children');
    this.element = h(
      'div.empty', { testid: 'empty' },
      h('h2', null, t('emptyTitle')), h('p.empty-lead', null, t('emptyLead')),
      this.hint, this.list,
    );
    for (const model of [children, threads]) model.on('change', () => this.#draw());
    this.#draw();
  }

  #draw() {
    const ready = this.children.list.filter(({ state, actor_id: id }) => (
      state === 'ready' && !this.threads.isMuted(id)
    ));
    this.hint.textContent = ready.length > 0 ? t('emptyChildren') : t('emptyNobody');
    arrange(this.list, ready.map((child) => this.#card(child)));
  }

  /** @param {ChildStatus} child */
  #card(child) {
    const id = child.actor_id;
    const known = this.cards.get(id);
    if (known) return known;
    const name = child.name || id;
    const card = h(
      'button', {
        class: `empty-child tone-${toneOf(id)}`, onclick: () => this.address(id),
      },
      tile(id, name),
      h('span', null, h('strong', null, `@${id}`), h('span', null, child.description ?? '')),
    );
    this.cards.set(id, card);
    return card;
  }
}
