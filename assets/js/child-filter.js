// @ts-check
// Finds children in the panel, where there are many.

import { stateWords } from './child-state.js';
import { h, setText, t } from './dom.js';

/** So many are seen without looking for them. */
const FEW = 5;

export class ChildFilter {
  /** @param {() => void} changed */
  constructor(changed) {
    this.field = h('input', {
      type: 'search', class: 'field', autocomplete: 'off', spellcheck: false,
      placeholder: t('filter'), label: t('filterLabel'), testid: 'child-filter',
      oninput: changed,
      onkeydown: (event) => {
        if (event.key !== 'Escape' || this.field.value === '') return;
        event.stopPropagation();
        this.field.value = '';
        changed();
      },
    });
    this.count = h('span', { role: 'status', testid: 'children-found' });
    this.element = h('div.child-filter', { hidden: true }, this.field, this.count);
  }

  /** @param {ChildStatus} child */
  matches(child) {
    const text = [child.name, child.actor_id, child.description, stateWords(child)]
      .join('\n').toLowerCase();
    return this.field.value.toLowerCase().split(/\s+/)
      .every((/** @type {string} */ word) => text.includes(word));
  }

  /**
   * @param {number} n found
   * @param {number} all
   */
  update(n, all) {
    const isUsed = this.field.value !== '';
    this.element.hidden = all <= FEW && !isUsed;
    setText(this.count, isUsed ? t('found', { n, all }) : '');
  }
}
