// @ts-check
// `‹ 2/3 ›`: what else stands in a message's place, and the way there. All who have the thread open
// see the branch that is chosen.

import { h, icon, setText, t } from './dom.js';

export class BranchNav {
  /** @type {Branch | null} */
  #branch = null;

  /** @param {ThreadContext} context */
  constructor(context) {
    this.context = context;
    this.previous = this.#button('previous', 'branchPrevious', -1);
    this.next = this.#button('next', 'branchNext', 1);
    this.place = h('span.branch-place', { 'aria-hidden': 'true' });
    this.element = h('span.branch', {
      role: 'group', testid: 'branch', hidden: true,
    }, this.previous, this.place, this.next);
  }

  /** @param {Branch | null} branch */
  show(branch) {
    this.#branch = branch;
    this.element.hidden = !branch;
    if (!branch) return;
    const values = { at: branch.at + 1, n: branch.ids.length };
    setText(this.place, t('branchShort', values));
    this.element.ariaLabel = t('branch', values);
    this.previous.ariaDisabled = String(branch.at === 0);
    this.next.ariaDisabled = String(branch.at === branch.ids.length - 1);
  }

  /** @param {string} id whether it is the one that is shown here */
  has(id) {
    return this.#branch?.ids[this.#branch.at] === id;
  }

  /** @param {number} by whether to the one before (-1) or behind (1) */
  focus(by) {
    (by < 0 ? this.previous : this.next).focus();
  }

  /** @param {number} by */
  async #go(by) {
    const { threads, failed, showBranch } = this.context;
    const id = this.#branch?.ids[this.#branch.at + by];
    if (!id) return;
    try {
      await threads.lead(id);
      // The button went with its message: it goes on at the one on what took its place.
      showBranch(id, by);
    } catch (error) {
      failed({ what: t('branchFailed'), error });
    }
  }

  /**
   * @param {any} shape
   * @param {any} label
   * @param {number} by
   */
  #button(shape, label, by) {
    return h('button.quiet', {
      title: t(label), label: t(label),
      onclick: () => this.#go(by),
    }, icon(shape));
  }
}
