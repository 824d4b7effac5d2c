// @ts-check
// Where a person writes. Enter sends, except while an input method composes.

import { setText, t } from './dom.js';
import { Mention } from './mention.js';
import { tabKept } from './storage.js';

/** What the server takes at most (contract §4), in bytes of UTF-8. */
export const MESSAGE_LIMIT_BYTES = 256 * 1024;
const DRAFT = 'chatd.draft.';
const encoder = new TextEncoder();

export class Composer {
  /**
   * @param {HTMLFormElement} form
   * @param {Session} session
   * @param {(content: string) => void} send
   */
  constructor(form, { children, thread, threads }, send) {
    this.form = form;
    this.thread = thread;
    this.send = send;
    this.area = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem('content'));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector('[data-testid=send]'));
    this.size = /** @type {HTMLElement} */ (document.querySelector('[data-testid=size]'));
    this.mention = new Mention(this.area, children, threads, () => this.#changed());
    thread.on('opened', () => this.#takeDraft());
    form.addEventListener('submit', (event) => this.#submit(event));
    this.area.addEventListener('input', () => this.#changed());
    this.area.addEventListener('keydown', (event) => this.#key(event));
    this.#takeDraft();
  }

  /** Each thread has a draft of its own. */
  #takeDraft() {
    this.area.value = tabKept.get(DRAFT + this.thread.name) ?? '';
    this.#changed();
  }

  /** @param {string} childId whom the message is for */
  address(childId) {
    this.area.value = `@${childId} ${this.area.value.replace(/^@\S+\s*/, '')}`;
    this.area.focus();
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229 is what browsers report for a key that an input method took.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.mention.key(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const content = this.area.value.trim();
    if (content === '' || byteLength(content) > MESSAGE_LIMIT_BYTES) return;
    this.area.value = '';
    this.#changed();
    this.area.focus();
    this.send(content);
  }

  #changed() {
    const { area } = this;
    // Only an emptied field may shrink to one line at once; measuring costs a layout.
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
    const used = area.value.length > MESSAGE_LIMIT_BYTES / 8 ? byteLength(area.value.trim()) : 0;
    const isOver = used > MESSAGE_LIMIT_BYTES;
    this.button.disabled = area.value.trim() === '' || isOver;
    this.form.dataset.over = String(isOver);
    const values = { used: Math.ceil(used / 1024), limit: MESSAGE_LIMIT_BYTES / 1024 };
    setText(this.size, isOver ? t('sizeOver', values) : '');
    tabKept.set(DRAFT + this.thread.name, area.value || null);
    this.mention.update();
  }
}

/** @param {string} text */
function byteLength(text) {
  return encoder.encode(text).length;
}
