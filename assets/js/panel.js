// @ts-check
// On a narrow screen the children's panel is a sheet: opened by a button, closed by Escape, the
// backdrop or its own button; focus goes in and comes back.

const NARROW = '(max-width: 60rem)';

export class Panel {
  /**
   * @param {{panel: HTMLElement, opener: HTMLElement, closer: HTMLElement, backdrop: HTMLElement,
   *   rest: HTMLElement[]}} elements `rest` is what can't be reached while the sheet is open
   */
  constructor(elements) {
    this.elements = elements;
    this.narrow = matchMedia(NARROW);
    this.isOpen = false;
    elements.opener.addEventListener('click', () => this.#set(!this.isOpen));
    elements.closer.addEventListener('click', () => this.#set(false));
    elements.backdrop.addEventListener('click', () => this.#set(false));
    // Not on the panel alone: a button that is pressed and thereby disabled loses the focus.
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isOpen) this.#set(false);
    });
    this.narrow.addEventListener('change', () => this.#set(false));
    this.#draw();
  }

  /** Puts the sheet away, where it is one. */
  close() {
    this.#set(false);
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
    panel.dataset.open = String(this.isOpen);
    panel.inert = isSheet && !this.isOpen;
    backdrop.hidden = !this.isOpen;
    opener.setAttribute('aria-expanded', String(this.isOpen));
    for (const one of rest) one.inert = this.isOpen;
    if (isSheet) {
      panel.setAttribute('role', 'dialog');
      panel.ariaModal = 'true';
    } else {
      panel.setAttribute('role', 'complementary');
      panel.ariaModal = null;
    }
  }
}
