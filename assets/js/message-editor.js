// @ts-check
// A person's message, open for another wording. What is sent stands beside the first one, as a
// branch: nothing is lost.

import { h, t } from './dom.js';

export class MessageEditor {
  /**
   * @param {string} content
   * @param {{send: (content: string) => void, close: () => void}} actions
   */
  constructor(content, { send, close }) {
    this.close = close;
    this.area = h('textarea', {
      value: content, dir: 'auto', label: t('editLabel'), testid: 'edit-text',
      onkeydown: (event) => this.#key(event),
      oninput: () => this.#fit(),
    });
    this.element = h(
      'form.editor', {
        testid: 'editor',
        onsubmit: (event) => {
          event.preventDefault();
          const text = this.area.value.trim();
          if (text !== '') send(text);
        },
      }, this.area, h('p.hint', null, t('editHint')),
      h('button', { type: 'submit', class: 'small primary' }, t('send')),
      h('button.small', { onclick: close }, t('cancel')),
    );
  }

  /** Once it is in the page. */
  begin() {
    this.#fit();
    this.area.focus();
    this.element.scrollIntoView({ block: 'nearest' });
    this.area.setSelectionRange(this.area.value.length, this.area.value.length);
  }

  #fit() {
    this.area.style.height = 'auto';
    this.area.style.height = `${this.area.scrollHeight}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229 is what browsers report for a key that an input method took.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.close();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.element.requestSubmit();
    }
  }
}
