// @ts-check
// The button under an answer that is not whole: another one is written in its place.

import { h, icon, setText } from './dom.js';
import { nextFrame } from './frame.js';
import { t } from './strings.js';

const NOT_WHOLE = ['stopped', 'interrupted', 'failed'];

export class AnswerRetry {
  #isAsking = false;

  /** @param {ChildContext} context */
  constructor(context) {
    this.context = context;
    this.word = h('span');
    // Not really disabled while it waits, so that whoever pressed it keeps their place.
    this.element = h('button', {
      type: 'button', class: 'small retry-answer', 'data-testid': 'retry-answer', hidden: true,
      onclick: () => { if (!this.#isAsking) this.#retry(); },
    }, icon('again'), this.word);
    this.#draw();
  }

  /** @param {Message} message */
  show(message) {
    this.messageId = message.id;
    this.element.hidden = message.role !== 'assistant' || !NOT_WHOLE.includes(message.status);
  }

  async #retry() {
    const { session, failed, showMessage } = this.context;
    const hadFocus = document.activeElement === this.element;
    this.#isAsking = true;
    this.#draw();
    try {
      const answer = await session.socket.command('retry', { message_id: this.messageId });
      // It may have come live before, and this button gone with the focus; elsewhere that stays.
      const isHere = [this.element, document.body].includes(
        /** @type {HTMLElement} */ (document.activeElement),
      );
      session.thread.apply(answer.messages ?? []);
      const id = answer.messages?.[0]?.id;
      // The new answer takes this one's place once it is drawn: reading goes on there.
      if (hadFocus && isHere && id) nextFrame(this, () => showMessage(id));
    } catch (error) {
      failed({ what: t('retryAnswer'), error });
    }
    this.#isAsking = false;
    this.#draw();
  }

  #draw() {
    this.element.ariaDisabled = String(this.#isAsking);
    setText(this.word, t(this.#isAsking ? 'retryingAnswer' : 'askAgain'));
    this.element.setAttribute('aria-label', t(this.#isAsking ? 'retryingAnswer' : 'retryAnswer'));
  }
}
