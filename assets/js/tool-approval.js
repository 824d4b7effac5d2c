// @ts-check
// The question whether a tool may be called, which waits for a person as long as it takes.

import { h, setText, t } from './dom.js';

export class ToolApproval {
  #isAsking = false;

  /**
   * @param {ToolCall} call
   * @param {string} name the child's
   * @param {ChildContext} context
   */
  constructor(call, name, context) {
    this.call = call;
    this.name = name;
    this.context = context;
    const question = t('toolQuestion', { name, tool: call.tool });
    this.words = h('span.tool-question', null, question);
    this.buttons = [
      this.#button('allow', () => this.#decide('allow', false)),
      this.#button('allowAlways', () => this.#decide('allow', true)),
      this.#button('deny', () => this.#decide('deny', false)),
    ];
    this.element = h('div.tool-approval', {
      role: 'group', label: question, testid: 'tool-approval',
    }, this.words, h('span.tool-buttons', null, this.buttons));
  }

  /** Whether one of its buttons has the focus. */
  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /**
   * @param {'allow' | 'deny'} decision
   * @param {boolean} remember
   */
  async #decide(decision, remember) {
    if (this.#isAsking) return;
    const { session, failed, announce } = this.context;
    this.#draw(true);
    try {
      const asked = { call_id: this.call.call_id, decision, remember };
      const answer = await session.socket.command('approve_tool', asked);
      announce(t(decision === 'allow' ? 'toolAllowed' : 'toolDenied', this.#values));
      session.thread.apply(answer.messages ?? []);
    } catch (error) {
      failed({ what: t('toolOf', this.#values), error });
    }
    this.#draw(false);
  }

  get #values() {
    return { name: this.name, tool: this.call.tool };
  }

  /** @param {boolean} isAsking */
  #draw(isAsking) {
    this.#isAsking = isAsking;
    // Not really disabled while it waits, so that whoever pressed one keeps their place.
    for (const button of this.buttons) button.ariaDisabled = String(isAsking);
    const key = isAsking ? 'toolDeciding' : 'toolQuestion';
    setText(this.words, t(key, this.#values));
  }

  /**
   * @param {'allow' | 'allowAlways' | 'deny'} key
   * @param {() => void} onclick
   */
  #button(key, onclick) {
    const action = t(key);
    return h('button.small', {
      'data-action': key, onclick,
      label: t('actionOf', { action, name: t('toolOf', this.#values) }),
    }, action);
  }
}
