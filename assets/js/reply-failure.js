// @ts-check
// Why a child did not answer a message, or has not yet, and what a person can do about it on the
// spot: ask it again, and restart or kill it where that won't do.

import { askButton, labelButton } from './ask-button.js';
import { command } from './child-command.js';
import { h, setText, t, tWord } from './dom.js';
import { ask, killQuestion } from './question.js';
import { isFailure, isOpen } from './reply-chip.js';
import { withLocalTimes } from './time.js';

/** States in which there is nothing to kill, and asking again can do nothing before a restart. */
const DOWN = ['stopped', 'backing_off', 'parked'];

export class ReplyFailure {
  /** @type {'retry' | 'restart' | 'kill' | ''} what was asked for and is not done yet */
  #pending = '';
  #isFinal = false;
  #isHanging = false;
  /** Takes the question back that is put. */
  #close = () => {};

  /**
   * @param {{messageId: string, id: string, name: string, context: ChildContext,
   *   leave: () => void}} child `leave` takes the focus where none of the buttons is left
   */
  constructor({ messageId, id, name, context, leave }) {
    this.messageId = messageId;
    this.childId = id;
    this.name = name;
    this.context = context;
    this.leave = leave;
    this.words = h('span.failure-words', { testid: 'reply-failure' });
    this.retry = askButton('again', 'retry', () => this.#retry());
    this.restart = askButton('restart', 'restart', () => this.#command('restart', this.#child));
    this.kill = askButton('kill', 'kill', () => this.#confirm());
    this.bar = h('span.failure-buttons', null, this.retry, this.restart, this.kill);
    this.element = h('div.reply-failure', { hidden: true }, this.words, this.bar);
  }

  get #child() {
    return this.context.session.children.get(this.childId);
  }

  /** Whether one of its buttons is there and has the focus. */
  get hasFocus() {
    const focused = document.activeElement;
    return this.element.contains(focused) && focused?.getClientRects().length !== 0;
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isFinal
   * @param {boolean} isHanging whether the child was silent for long
   */
  show(reply, isFinal, isHanging) {
    const hasFailed = isFailure(reply);
    this.#isFinal = isFinal;
    this.#isHanging = isHanging && isOpen(reply);
    this.element.hidden = !this.#isHanging && !(hasFailed && (isFinal || isHanging));
    const status = tWord('', reply.status);
    const reason = withLocalTimes(reply.reason ?? '');
    const silence = reply.status === 'streaming' ? t('hangsStreaming') : t('hangsWaiting');
    const failure = reason ? t('failureWhy', { status, reason }) : status;
    setText(this.words, this.#isHanging ? silence : failure);
    this.update();
  }

  /** Draws the buttons by what the child is doing now. */
  update() {
    const child = this.#child;
    const state = child?.state ?? 'invalid';
    const canRun = state !== 'invalid';
    const isDown = DOWN.includes(state);
    const isDeaf = state === 'suspect' || this.#isHanging;
    const hadFocus = this.hasFocus;
    const pending = this.#pending;
    this.retry.hidden = !canRun || !this.#isFinal;
    this.restart.hidden = pending !== 'restart'
      && !(canRun && (isDown || isDeaf || child?.circuit_open_until));
    this.kill.hidden = pending !== 'kill' && !(canRun && isDeaf && !isDown);
    this.#label(this.retry, 'retry', 'askAgain', 'retryingAnswer');
    this.#label(this.restart, 'restart', 'restart', 'doing_restart');
    this.#label(this.kill, 'kill', 'kill', 'doing_kill');
    if (this.kill.hidden || pending === 'kill') this.#close();
    if (hadFocus && !this.hasFocus) this.#keepFocus();
  }

  /** The button that had the focus is gone: another takes it, or what the words are about. */
  #keepFocus() {
    const buttons = [this.kill, this.retry, this.restart];
    const next = buttons.find((one) => one.getClientRects().length > 0);
    if (next) next.focus();
    else this.leave();
  }

  async #retry() {
    const { session, failed, announce } = this.context;
    const { messageId, childId, name } = this;
    this.#pending = 'retry';
    this.update();
    try {
      const asked = { message_id: messageId, actor_id: childId };
      const answer = await session.socket.command('retry_child', asked);
      session.thread.apply(answer.messages ?? []);
      const replies = session.thread.rollup(messageId)?.child_responses ?? [];
      const status = replies.find((one) => one.child_id === childId)?.status;
      if (status) announce(t('askedAgain', { name, status: tWord('', status) }));
    } catch (error) {
      failed({ what: t('actionOf', { action: t('askAgain'), name }), error });
    }
    this.#done('retry');
  }

  /**
   * @param {'restart' | 'kill'} action
   * @param {ChildStatus | undefined} child as it was when the person decided
   */
  async #command(action, child) {
    if (!child) return;
    this.#pending = action;
    this.update();
    await command(action, child, this.context);
    this.#done(action);
  }

  /** @param {string} action a later one has taken its place where it is another now */
  #done(action) {
    if (this.#pending === action) this.#pending = '';
    this.update();
  }

  #confirm() {
    const { name } = this;
    // As it was when the question was put.
    const child = this.#child;
    this.#close = ask(this.bar, killQuestion(name), () => this.#command('kill', child));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} action
   * @param {any} asked the word for it
   * @param {any} doing the word while it is under way
   */
  #label(button, action, asked, doing) {
    const isPending = this.#pending === action;
    labelButton(button, isPending ? doing : asked, this.name, isPending);
  }
}
