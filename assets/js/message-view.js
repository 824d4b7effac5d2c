// @ts-check
// One message with its text, its state in words, and its rollup right under it.

import { AnswerAgain } from './answer-again.js';
import { AnswerWait } from './answer-wait.js';
import { BranchNav } from './branch-nav.js';
import { childHtml } from './child-html.js';
import { copyButton } from './clipboard.js';
import { h, icon, setText, t } from './dom.js';
import { bringUp } from './bring-up.js';
import { later } from './later.js';
import { MarkdownView } from './markdown.js';
import { RollupView } from './rollup-view.js';
import { noteOf } from './message-note.js';
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
   * @param {ThreadContext} context
   * @param {Outbox} outbox
   */
  constructor(message, context, outbox) {
    this.message = message;
    this.context = context;
    this.outbox = outbox;
    const text = h('div.message-text', { testid: 'message-text' });
    this.text = new MarkdownView(text);
    this.who = h('span.who');
    this.time = h('time.time', {
      dateTime: message.created_at, title: fullTime(message.created_at),
    }, clock(message.created_at));
    this.tag = h('span.tag', { hidden: true }, t('demoTag'));
    this.note = h('p.note', { testid: 'message-note', hidden: true });
    this.again = new AnswerAgain(message, context);
    this.branch = new BranchNav(context);
    this.wait = new AnswerWait(context.announce);
    this.usage = h('p.usage', { testid: 'usage', hidden: true });
    this.thinking = h(
      'p.thinking', { hidden: true },
      h('span.visually-hidden', null, t('thinking')), h('i'), h('i'), h('i'),
    );
    this.model = h('span.model', { testid: 'model' });
    this.edit = h('button.quiet.act', {
      testid: 'edit', title: t('edit'),
      label: t('edit'), onclick: () => this.#edit(),
    }, icon('edit'));
    const copy = copyButton(t('copyMessage'), () => this.message.content);
    this.body = h('div.body', null, text, this.thinking);
    this.element = h(
      'article', {
        class: `message from-${message.author ? 'child' : message.role}`, testid: 'message',
        'data-entry-id': message.id, 'data-role': message.role,
      },
      h('header.meta', null, message.author ? tile(message.author, this.#authorName) : null,
        this.who, this.model, this.tag, this.time,
        h('span.acts', null, this.branch.element, this.edit, this.again.regenerate, copy)),
      this.body, this.wait.element, this.note, this.usage, this.again.retry,
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
    this.element.ariaLabel = `${who}, ${clock(message.created_at)}`;
    this.#showNote();
    setText(this.model, isDemo || message.role === 'user' ? '' : message.model ?? '');
    this.edit.hidden = message.role !== 'user' || Boolean(message.author)
      || message.status === 'queued';
    this.again.show(message);
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

  /** @param {Branch | null} branch */
  showBranch(branch) {
    this.branch.show(branch);
  }

  /** Brings it into view and gives it the focus, so that reading goes on from here. */
  bringUp() {
    bringUp(this.element);
  }

  /** Opens it for another wording. */
  async #edit() {
    let MessageEditor;
    try {
      ({ MessageEditor } = await later.editor());
    } catch (error) {
      this.context.failed({ what: t('edit'), error });
      return;
    }
    if ('editing' in this.element.dataset) return;
    const { message: { id, thread, content }, body, edit } = this;
    const close = () => {
      editor.element.replaceWith(body);
      delete this.element.dataset.editing;
      edit.focus();
    };
    const editor = new MessageEditor(content, {
      close,
      send: (text) => {
        close();
        this.outbox.add({ thread, content: text, beside: id });
      },
    });
    body.replaceWith(editor.element);
    this.element.dataset.editing = '';
    editor.begin();
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
