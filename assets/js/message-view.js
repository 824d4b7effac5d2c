// @ts-check
// One message with its text, its state in words, and its rollup right under it.

import { AnswerRetry } from './answer-retry.js';
import { AnswerWait } from './answer-wait.js';
import { childHtml } from './child-html.js';
import { copyButton } from './clipboard.js';
import { h, setText } from './dom.js';
import { MarkdownView } from './markdown.js';
import { RollupView } from './rollup-view.js';
import { noteOf } from './message-note.js';
import { t } from './strings.js';
import { clock, fullTime } from './time.js';
import { tile } from './tones.js';
import { sum, usageWords } from './usage.js';

export class MessageView {
  /** @type {RollupView | null} */
  #rollup = null;
  /** @type {HTMLElement | null} */
  html = null;
  /** Whether the tools that it asks for are called behind it. */
  #hasRound = false;
  #place = '';

  /**
   * @param {Message} message
   * @param {ChildContext & {isDemo: (model?: string | null) => boolean}} context
   */
  constructor(message, context) {
    this.message = message;
    this.context = context;
    const text = h('div', { class: 'message-text', 'data-testid': 'message-text' });
    this.text = new MarkdownView(text);
    this.who = h('span', { class: 'who' });
    this.time = h('time', {
      class: 'time', dateTime: message.created_at, title: fullTime(message.created_at),
    }, clock(message.created_at));
    this.tag = h('span', { class: 'tag', hidden: true }, t('demoTag'));
    this.note = h('p', { class: 'note', 'data-testid': 'message-note', hidden: true });
    this.retry = new AnswerRetry(context);
    this.wait = new AnswerWait(context.announce);
    this.usage = h('p', { class: 'usage', 'data-testid': 'usage', hidden: true });
    this.thinking = h(
      'p', { class: 'thinking', hidden: true },
      h('span', { class: 'visually-hidden' }, t('thinking')), h('i'), h('i'), h('i'),
    );
    const copy = copyButton(t('copyMessage'), () => this.message.content);
    this.element = h(
      'article', {
        class: `message from-${message.author ? 'child' : message.role}`, 'data-testid': 'message',
        'data-entry-id': message.id, 'data-role': message.role,
      },
      h('header', { class: 'meta' }, message.author ? tile(message.author, this.#authorName) : null,
        this.who, this.tag, this.time, copy),
      h('div', { class: 'body' }, text, this.thinking),
      this.wait.element, this.note, this.usage, this.retry.element,
    );
    this.update(message);
  }

  get #authorName() {
    return this.message.author ? this.context.session.children.nameOf(this.message.author) : '';
  }

  /** @param {Message} message */
  update(message) {
    this.message = message;
    const isDemo = message.role === 'assistant' && this.context.isDemo(message.model);
    const assistant = isDemo ? t('demo') : t('claude');
    const who = this.#authorName || (message.role === 'assistant' ? assistant : t('you'));
    this.element.dataset.status = message.status;
    setText(this.who, who);
    this.tag.hidden = !isDemo;
    this.element.setAttribute('aria-label', `${who}, ${clock(message.created_at)}`);
    this.#showNote();
    this.retry.show(message);
    this.#showHtml();
    this.showText();
  }

  #showNote() {
    const note = noteOf(this.message, this.#hasRound);
    this.note.hidden = note === '';
    setText(this.note, note);
  }

  /** @param {RetryOfAnswer | undefined} retry when it is asked for again; nothing has come of it */
  showWait(retry) {
    this.wait.show(retry);
    this.showText();
  }

  /**
   * @param {boolean} hasRound whether a round of calls stands behind it
   * @param {Usage[]} before what the messages of the same answer came to that are not shown
   */
  showPlace(hasRound, before) {
    const { message } = this;
    if (message.role !== 'assistant') return;
    // The order is drawn often, and most messages are as they were.
    const key = `${message.seq} ${message.status} ${hasRound} ${before.length}`;
    if (key === this.#place) return;
    this.#place = key;
    this.#hasRound = hasRound;
    this.#showNote();
    const isOver = message.status !== 'streaming';
    const usages = [...before, ...(message.usage ? [message.usage] : [])];
    const isCounted = usages.length > 0
      || (message.status === 'complete' && !this.context.isDemo(message.model));
    this.usage.hidden = !isOver || !isCounted;
    if (!this.usage.hidden) setText(this.usage, usageWords(sum(usages)));
  }

  /** What a child posted with html is shown as that; its text is for Claude and for copying. */
  #showHtml() {
    const { html } = this.message;
    if (!html || this.html) return;
    this.html = childHtml(html, t('htmlOf', { name: this.#authorName }));
    this.text.element.replaceWith(this.html);
  }

  /** Draws the text alone: what happens many times a second while it streams. */
  showText() {
    const isStreaming = this.message.status === 'streaming';
    const isWaiting = !this.wait.element.hidden;
    this.thinking.hidden = !isStreaming || this.message.content !== '' || isWaiting;
    this.text.show(this.message.content, isStreaming);
  }

  /** @param {string[]} ids */
  childrenChanged(ids) {
    this.#rollup?.childrenChanged(ids);
  }

  /** Brings it into view and gives it the focus, so that reading goes on from here. */
  bringUp() {
    const { element } = this;
    element.scrollIntoView({ block: 'center' });
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
  }

  /**
   * @param {Reply[]} replies
   * @param {boolean} isFinal
   */
  showRollup(replies, isFinal) {
    if (replies.length === 0 && !this.#rollup) return;
    if (!this.#rollup) {
      this.#rollup = new RollupView(this.message.id, this.context);
      this.element.append(this.#rollup.element);
    }
    this.#rollup.show(replies, isFinal);
  }
}
