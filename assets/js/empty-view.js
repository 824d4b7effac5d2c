// @ts-check
// What an empty thread shows: who listens, and how to begin.

import { arrange, h } from './dom.js';
import { t } from './strings.js';
import { tile, toneOf } from './tones.js';

export class EmptyView {
  /**
   * @param {ChildrenModel} children
   * @param {(childId: string) => void} address puts `@NAME` into the composer
   */
  constructor(children, address) {
    this.children = children;
    this.address = address;
    /** @type {Map<string, HTMLElement>} */
    this.cards = new Map();
    this.hint = h('p', { class: 'empty-hint' });
    this.list = h('div', { class: 'empty-children' });
    this.element = h(
      'div', { class: 'empty', 'data-testid': 'empty' },
      h('h2', null, t('emptyTitle')), h('p', { class: 'empty-lead' }, t('emptyLead')),
      this.hint, this.list,
    );
    children.on('change', () => this.#draw());
    this.#draw();
  }

  #draw() {
    const ready = this.children.list.filter((child) => child.state === 'ready');
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
        type: 'button', class: `empty-child tone-${toneOf(id)}`, onclick: () => this.address(id),
      },
      tile(id, name),
      h('span', null, h('strong', null, `@${id}`), h('span', null, child.description ?? '')),
    );
    this.cards.set(id, card);
    return card;
  }
}
