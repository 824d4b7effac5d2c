// @ts-check
// Why a child did not answer a message, and what a person can do about it on the spot: ask it
// again, and restart it where that won't do.

import { command } from './child-command.js';
import { h, icon, setText } from './dom.js';
import { t, tWord } from './strings.js';
import { withLocalTimes } from './time.js';

const FAILURES = ['crashed', 'timed_out', 'failed', 'skipped'];
/** States in which asking again can do nothing before a restart. */
const DOWN = ['stopped', 'backing_off', 'parked', 'suspect'];

/** @param {Reply} reply */
export function isFailure(reply) {
  return FAILURES.includes(reply.status);
}

export class ReplyFailure {
  #isAsking = false;
  #isRestarting = false;

  /**
   * @param {string} messageId
   * @param {string} childId
   * @param {string} name
   * @param {ChildContext} context
   */
  constructor(messageId, childId, name, context) {
    this.messageId = messageId;
    this.childId = childId;
    this.name = name;
    this.context = context;
    this.words = h('span', { class: 'failure-words', 'data-testid': 'reply-failure' });
    this.retry = this.#button('again', 'retry', () => this.#retry());
    this.restart = this.#button('restart', 'restart', () => this.#restart());
    this.element = h('div', { class: 'reply-failure', hidden: true },
      this.words, h('span', { class: 'failure-buttons' }, this.retry, this.restart));
  }

  /** Whether one of its buttons is there and has the focus. */
  get hasFocus() {
    return !this.element.hidden && this.element.contains(document.activeElement);
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isFinal
   */
  show(reply, isFinal) {
    this.element.hidden = !isFinal || !isFailure(reply);
    const status = tWord('', reply.status);
    const reason = withLocalTimes(reply.reason ?? '');
    setText(this.words, reason ? t('failureWhy', { status, reason }) : status);
    this.update();
  }

  /** Draws the buttons by what the child is doing now. */
  update() {
    const child = this.context.session.children.get(this.childId);
    const canRun = child !== undefined && child.state !== 'invalid';
    this.retry.hidden = !canRun;
    this.#label(this.retry, this.#isAsking, this.#isAsking ? 'askingAgain' : 'askAgain');
    const helps = canRun && (DOWN.includes(child.state) || Boolean(child.circuit_open_until));
    const hadFocus = document.activeElement === this.restart;
    this.restart.hidden = !helps && !this.#isRestarting;
    this.#label(this.restart, this.#isRestarting, this.#isRestarting ? 'doing_restart' : 'restart');
    if (hadFocus && this.restart.hidden) this.retry.focus();
  }

  async #retry() {
    const { session, failed, announce } = this.context;
    const { messageId, childId, name } = this;
    this.#isAsking = true;
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
    this.#isAsking = false;
    this.update();
  }

  async #restart() {
    const child = this.context.session.children.get(this.childId);
    if (!child) return;
    this.#isRestarting = true;
    this.update();
    await command('restart', child, this.context);
    this.#isRestarting = false;
    this.update();
  }

  /**
   * @param {any} shape
   * @param {string} action
   * @param {() => void} act
   */
  #button(shape, action, act) {
    const button = h('button', {
      type: 'button', class: 'small', 'data-action': action,
      onclick: () => { if (button.ariaDisabled !== 'true') act(); },
    }, icon(shape), h('span'));
    return button;
  }

  /**
   * Not really disabled while it waits, so that whoever pressed it keeps their place.
   * @param {HTMLButtonElement} button
   * @param {boolean} isPending
   * @param {any} key
   */
  #label(button, isPending, key) {
    button.ariaDisabled = String(isPending);
    setText(/** @type {Element} */ (button.lastElementChild), t(key));
    button.setAttribute('aria-label', t('actionOf', { action: t(key), name: this.name }));
  }
}
