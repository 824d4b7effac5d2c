// @ts-check
// One message with its text, its state in words, and its rollup right under it.

import { AnswerRetry } from './answer-retry.js';
import { childHtml } from './child-html.js';
import { copyButton } from './clipboard.js';
import { h, setText } from './dom.js';
import { MarkdownView } from './markdown.js';
import { RollupView } from './rollup-view.js';
import { t } from './strings.js';
import { clock, fullTime } from './time.js';
import { tile } from './tones.js';

export class MessageView {
  /** @type {RollupView | null} */
  #rollup = null;
  /** @type {HTMLElement | null} */
  html = null;

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
      h('div', { class: 'body' }, text, this.thinking), this.note, this.retry.element,
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
    const note = noteOf(message);
    this.note.hidden = note === '';
    setText(this.note, note);
    this.retry.show(message);
    this.#showHtml();
    this.showText();
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
    this.thinking.hidden = !isStreaming || this.message.content !== '';
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

/**
 * Why a message is not what one might expect, in words.
 * @param {Message} message
 */
function noteOf(message) {
  return [endOf(message), message.context_from ? t('noteLeftOut') : ''].filter(Boolean).join(' ');
}

/**
 * How a message ended, where it is not as one might expect, in words.
 * @param {Message} message
 */
function endOf(message) {
  switch (message.status) {
    case 'queued': return t('queued');
    case 'stopped': return t('noteStopped');
    case 'interrupted':
      return t('noteInterrupted', { why: message.error?.replace(/\.$/, '') || t('noteCut') });
    case 'failed': return t('noteFailed', { error: message.error || t('noteFailedPlain') });
  }
  switch (message.stop_reason) {
    case 'max_tokens': return t('noteTokens');
    case 'refusal': return t('noteRefusal');
    case 'model_context_window_exceeded': return t('noteWindow');
    case 'pause_turn': return t('notePaused');
    default: return '';
  }
}
