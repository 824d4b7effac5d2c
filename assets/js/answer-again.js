// @ts-check
// Another answer: a button under one that is not whole or that never came, an icon on one that is.

import { h, icon, setText, t } from './dom.js';
import { nextFrame } from './frame.js';

const NOT_WHOLE = ['stopped', 'interrupted', 'failed'];

export class AnswerAgain {
  #isAsking = false;
  /** Whether the question has no answer. */
  #isOpen = false;

  /**
   * @param {Message} message
   * @param {ChildContext} context
   */
  constructor(message, context) {
    this.message = message;
    this.context = context;
    this.word = h('span');
    // Not really disabled while it waits, so that whoever pressed it keeps their place.
    this.retry = h('button.small.retry-answer', {
      testid: 'retry-answer', hidden: true,
      onclick: () => this.#ask('retry', this.retry),
    }, icon('again'), this.word);
    this.regenerate = h('button.quiet.act', {
      testid: 'regenerate', hidden: true,
      title: t('regenerate'), label: t('regenerate'),
      onclick: () => this.#ask('regenerate', this.regenerate),
    }, icon('restart'));
    this.show(message);
  }

  /** @param {Message} message */
  show(message) {
    this.message = message;
    const isAnswer = message.role === 'assistant';
    this.retry.hidden = isAnswer ? !NOT_WHOLE.includes(message.status) : !this.#isOpen;
    this.regenerate.hidden = !isAnswer || message.status !== 'complete';
    this.#draw();
  }

  /** @param {boolean} isOpen whether nobody answers the question, and nobody is about to */
  offer(isOpen) {
    if (this.#isOpen === isOpen) return;
    this.#isOpen = isOpen;
    this.show(this.message);
  }

  /**
   * @param {'retry' | 'regenerate'} command
   * @param {HTMLElement} button
   */
  async #ask(command, button) {
    if (this.#isAsking) return;
    const { session, failed, showMessage } = this.context;
    const hadFocus = document.activeElement === button;
    this.#isAsking = true;
    this.#draw();
    try {
      const answer = await session.socket.command(command, { message_id: this.message.id });
      // It may have come live before, and this button gone; who went elsewhere stays there.
      const isHere = ['', 'scroller'].includes(document.activeElement?.id ?? '');
      session.thread.apply(answer.messages ?? []);
      const id = answer.messages?.[0]?.id;
      // The new answer takes this one's place once it is drawn: reading goes on there.
      if (hadFocus && isHere && id) nextFrame(this, () => showMessage(id));
    } catch (error) {
      failed({ what: t(command === 'retry' ? 'retryAnswer' : 'regenerate'), error });
    }
    this.#isAsking = false;
    this.#draw();
  }

  #draw() {
    for (const button of [this.retry, this.regenerate]) {
      button.ariaDisabled = String(this.#isAsking);
    }
    const isAnswer = this.message.role === 'assistant';
    const word = isAnswer ? 'askAgain' : 'answerThis';
    setText(this.word, t(this.#isAsking ? 'retryingAnswer' : word));
    const label = isAnswer ? 'retryAnswer' : 'answerThis';
    this.retry.ariaLabel = t(this.#isAsking ? 'retryingAnswer' : label);
  }
}
