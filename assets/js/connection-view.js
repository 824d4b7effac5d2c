// @ts-check
// Says that the connection is gone, but only when that has lasted: a blink is nobody's business.

import { h, leave, setText, t } from './dom.js';
import { count, stopCounting } from './ticker.js';

const PATIENCE_MS = 2000;

export class ConnectionView {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #hasSaid = false;

  /**
   * @param {HTMLElement} element
   * @param {Session} session
   * @param {(text: string) => void} announce
   */
  constructor(element, session, announce) {
    this.element = element;
    this.session = session;
    this.announce = announce;
    this.text = h('span');
    this.button = h('button.small', {
      onclick: () => { if (this.button.ariaDisabled !== 'true') session.socket.poke(); },
    }, t('tryNow'));
    element.append(h('span.pulse', { 'aria-hidden': 'true' }), this.text, this.button);
    session.on('connection', () => this.#changed());
    this.#changed();
  }

  #changed() {
    document.documentElement.dataset.connection = this.session.phase;
    if (this.session.phase === 'live') {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      leave(this.element);
      this.element.hidden = true;
      stopCounting(this.element);
      if (this.#hasSaid) this.announce(t('backSaid'));
      this.#hasSaid = false;
    } else this.#timer ??= setTimeout(() => this.#show(), PATIENCE_MS);
  }

  #show() {
    this.element.hidden = false;
    this.#hasSaid = true;
    this.announce(t('lostSaid'));
    count(this.element, () => this.#draw());
  }

  #draw() {
    const { retryAt } = this.session.socket;
    const left = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    this.button.ariaDisabled = String(retryAt === null);
    const trying = left > 0 ? t('reconnectingIn', { n: left }) : t('reconnecting');
    setText(this.text, navigator.onLine ? trying : t('offline'));
  }
}
