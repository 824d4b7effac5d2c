// @ts-check
// Under an answer that the model's server could not give yet: when it is asked again, and why.

import { h, setText, t } from './dom.js';
import { count, stopCounting } from './ticker.js';
import { countdown, until } from './time.js';

export class AnswerWait {
  /** @type {RetryOfAnswer | undefined} */
  #shown;

  /** @param {(text: string) => void} announce */
  constructor(announce) {
    this.announce = announce;
    this.element = h('p.note.answer-wait', {
      testid: 'answer-wait', hidden: true,
    });
  }

  /** @param {RetryOfAnswer | undefined} retry */
  show(retry) {
    if (retry === this.#shown) return;
    this.#shown = retry;
    this.element.hidden = !retry;
    if (!retry) {
      stopCounting(this.element);
      return;
    }
    const reason = retry.reason.replace(/\.$/, '');
    const words = (/** @type {string} */ time) => (
      t('answerWait', { reason, time, n: retry.attempt + 1 })
    );
    this.announce(words(countdown(until(retry.at))));
    count(this.element, () => {
      const left = until(retry.at);
      setText(this.element, left > 0 ? words(countdown(left)) : t('answerAsked', { reason }));
    });
  }
}
