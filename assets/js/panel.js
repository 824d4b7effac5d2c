// @ts-check
// A column beside the thread that can be put away. On a narrow screen it is a sheet over the page:
// closed by Escape, the backdrop or its own button; focus goes in and comes back.

import { isCovered } from './keys.js';
import { kept } from './storage.js';

export class Panel {
  /**
   * @param {string} name
   * @param {string} narrow the media query on which it is a sheet
   * @param {{panel: HTMLElement, opener: HTMLElement, closer: HTMLElement, backdrop: HTMLElement,
   *   rest: HTMLElement[]}} elements `rest` is what can't be reached while the sheet is open
   */
  constructor(name, narrow, elements) {
    this.name = name;
    this.elements = elements;
    this.narrow = matchMedia(narrow);
    this.isOpen = false;
    this.isAway = kept.get(this.#key) === 'away';
    elements.opener.addEventListener('click', () => this.toggle());
    elements.closer.addEventListener('click', () => this.close());
    elements.backdrop.addEventListener('click', () => this.close());
    // Not on the panel alone: a button that is pressed and thereby disabled loses the focus.
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !isCovered()) this.close();
    });
    this.narrow.addEventListener('change', () => this.#set(false));
    this.#draw();
  }

  get #key() {
    return `chatd.panel.${this.name}`;
  }

  /** Puts the sheet away, where it is one and open. */
  close() {
    if (this.isOpen) this.#set(false);
  }

  toggle() {
    if (this.narrow.matches) {
      this.#set(!this.isOpen);
      return;
    }
    this.isAway = !this.isAway;
    kept.set(this.#key, this.isAway ? 'away' : null);
    this.#draw();
  }

  /** @param {boolean} isOpen */
  #set(isOpen) {
    const wasOpen = this.isOpen;
    this.isOpen = isOpen && this.narrow.matches;
    this.#draw();
    if (this.isOpen) this.elements.closer.focus();
    else if (wasOpen) this.elements.opener.focus();
  }

  #draw() {
    const { panel, opener, backdrop, rest } = this.elements;
    const isSheet = this.narrow.matches;
    const isShown = isSheet ? this.isOpen : !this.isAway;
    panel.dataset.place = isSheet ? 'sheet' : isShown ? 'column' : 'away';
    panel.dataset.open = String(this.isOpen);
    panel.inert = !isShown;
    backdrop.hidden = !this.isOpen;
    opener.setAttribute('aria-expanded', String(isShown));
    for (const one of rest) one.inert = this.isOpen;
    if (isSheet) {
      panel.setAttribute('role', 'dialog');
      panel.ariaModal = 'true';
    } else {
      panel.setAttribute('role', panel.dataset.role ?? 'complementary');
      panel.ariaModal = null;
    }
  }
}
