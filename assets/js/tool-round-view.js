// @ts-check
// One round of calls that the assistant, or a person, made of the children's tools.

import { BranchNav } from './branch-nav.js';
import { bringUp } from './bring-up.js';
import { arrange, h, t } from './dom.js';
import { later } from './later.js';

export class ToolRoundView {
  /** @type {Map<string, import('./tool-call-view.js').ToolCallView>} */
  #calls = new Map();

  /**
   * @param {ToolRound} round
   * @param {ThreadContext} context
   */
  constructor(round, context) {
    this.round = round;
    this.context = context;
    this.branch = new BranchNav(context);
    this.calls = h('div.tool-calls');
    this.element = h('div.tool-round', {
      role: 'group', testid: 'tool-round', 'data-entry-id': round.id,
    }, this.branch.element, this.calls);
    this.update(round);
  }

  /** @param {ToolRound} round */
  async update(round) {
    this.round = round;
    this.element.ariaLabel = t('toolRound', { n: round.calls.length });
    try {
      const { ToolCallView } = await later.calls();
      // It may have gone on meanwhile.
      arrange(this.calls, this.round.calls.map((call) => {
        const view = this.#calls.get(call.call_id) ?? new ToolCallView(call, this.context);
        this.#calls.set(call.call_id, view);
        view.show(call);
        return view.element;
      }));
    } catch (error) {
      this.context.failed({ what: t('toolRound', { n: round.calls.length }), error });
    }
  }

  /** @param {Branch | null} branch of the message that asked for it, where that is not shown */
  showBranch(branch) {
    this.branch.show(branch);
  }

  /** Brings it into view. */
  bringUp() {
    bringUp(this.element);
  }
}
