// @ts-check
// One round of calls that the assistant, or a person, made of the children's tools.

import { arrange, h } from './dom.js';
import { t } from './strings.js';
import { ToolCallView } from './tool-call-view.js';

export class ToolRoundView {
  /** @type {Map<string, ToolCallView>} */
  #calls = new Map();

  /**
   * @param {ToolRound} round
   * @param {ChildContext} context
   */
  constructor(round, context) {
    this.round = round;
    this.context = context;
    this.element = h('div', {
      class: 'tool-round', role: 'group', 'data-testid': 'tool-round', 'data-entry-id': round.id,
    });
    this.update(round);
  }

  /** @param {ToolRound} round */
  update(round) {
    this.round = round;
    const calls = round.calls ?? [];
    this.element.setAttribute('aria-label', t('toolRound', { n: calls.length }));
    arrange(this.element, calls.map((call) => this.#call(call).element));
  }

  /** @param {ToolCall} call */
  #call(call) {
    let view = this.#calls.get(call.call_id);
    if (view) view.show(call);
    else {
      view = new ToolCallView(call, this.context);
      this.#calls.set(call.call_id, view);
    }
    return view;
  }
}
