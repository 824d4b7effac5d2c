// @ts-check
// What the children said about a message: a chip for each that was asked, then the texts.

import { arrange, h, t } from './dom.js';
import { later } from './later.js';
import { drawChip, drawElapsed, isFailure, isOpen, slowestOf } from './reply-chip.js';
import { ReplyRow } from './reply-row.js';
import { count, stopCounting } from './ticker.js';
import { toneOf } from './tones.js';

/** Milliseconds without a word after which one may want to do something about a child. */
const HANGS_MS = 2000;

/** @type {typeof import('./reply-details.js').ReplyDetails | undefined} */
let ReplyDetails;

export class RollupView {
  /** @type {Map<string, HTMLButtonElement>} */
  #chips = new Map();
  /** @type {Map<string, ReplyRow>} */
  #rows = new Map();
  /** @type {Reply[]} */
  #replies = [];
  #isFinal = false;
  /** @type {string | null} */
  #openChild = null;
  /** @type {import('./reply-details.js').ReplyDetails | null} */
  #details = null;
  /** @type {Set<string>} children that were silent for long; they keep their row till the end */
  #hanging = new Set();

  /**
   * @param {string} messageId
   * @param {ChildContext} context
   */
  constructor(messageId, context) {
    this.messageId = messageId;
    this.context = context;
    this.chips = h('div.chips');
    this.rows = h('div.replies');
    this.details = h('div.reply-details', { id: `details-${messageId}`, hidden: true });
    this.element = h('div.rollup', {
      role: 'group', label: t('rollup'), testid: 'rollup',
    }, this.chips, this.rows, this.details);
  }

  /**
   * @param {Reply[]} replies in order of the children's names
   * @param {boolean} isFinal whether the rollup is stored
   */
  show(replies, isFinal) {
    this.#replies = replies;
    this.#isFinal = isFinal;
    this.element.dataset.final = String(isFinal);
    this.#draw();
  }

  /**
   * Draws what can be done about these children, who are doing something else by now.
   * @param {string[]} ids
   */
  childrenChanged(ids) {
    for (const id of ids) this.#rows.get(id)?.failure?.update();
  }

  /** @param {string} id */
  #nameOf(id) {
    return this.context.session.children.nameOf(id);
  }

  #draw() {
    const replies = this.#replies;
    for (const reply of replies) if (hangs(reply)) this.#hanging.add(reply.child_id);
    const slowest = this.#isFinal ? slowestOf(replies) : undefined;
    // Who had something to say stands first; each group in order of the names.
    const spoke = (/** @type {Reply} */ reply) => Number(reply.status === 'declined');
    const sorted = [...replies].sort((a, b) => spoke(a) - spoke(b));
    arrange(this.chips, sorted.map((reply) => this.#chip(reply, reply.child_id === slowest)));
    const said = replies.filter((one) => one.text || one.html || one.data);
    const failed = replies.filter((one) => !said.includes(one) && this.#isTroubled(one));
    const pressed = [...this.#rows.values()].find((row) => row.failure?.hasFocus);
    arrange(this.rows, [...said, ...failed].map((one) => this.#row(one)));
    // Whoever asked again loses the button by the answer; what it was about is still there.
    if (pressed && !pressed.failure?.hasFocus) this.#chips.get(pressed.child.id)?.focus();
    this.#drawDetails();
  }

  /** @param {Reply} reply whether there is something to do about the silence of its child */
  #isTroubled(reply) {
    const isHanging = this.#hanging.has(reply.child_id);
    return isOpen(reply) ? isHanging : isFailure(reply) && (this.#isFinal || isHanging);
  }

  /**
   * @param {Reply} reply
   * @param {boolean} isSlowest
   */
  #chip(reply, isSlowest) {
    const id = reply.child_id;
    let chip = this.#chips.get(id);
    if (!chip) {
      chip = /** @type {HTMLButtonElement} */ (h('button', {
        class: `chip tone-${toneOf(id)}`, 'data-child': id, testid: 'chip',
        'aria-expanded': 'false', 'aria-controls': this.details.id,
        onclick: () => this.#toggle(id),
      }));
      this.#chips.set(id, chip);
    }
    drawChip(chip, reply, this.#nameOf(id), isSlowest);
    if (isOpen(reply) && reply.startedAt) count(chip, () => this.#tick(id));
    else stopCounting(chip);
    return chip;
  }

  /** @param {string} id of a child whose outcome is still to come */
  #tick(id) {
    const chip = this.#chips.get(id);
    const reply = this.#replies.find((one) => one.child_id === id);
    if (!chip || !reply?.startedAt) return;
    drawElapsed(chip, reply.startedAt);
    if (!this.#hanging.has(id) && hangs(reply)) this.#draw();
  }

  /** @param {Reply} reply */
  #row(reply) {
    const id = reply.child_id;
    const row = this.#rows.get(id)
      ?? new ReplyRow(this.messageId, id, this.#nameOf(id), this.context, {
        open: () => this.#toggle(id), leave: () => this.#chips.get(id)?.focus(),
      });
    this.#rows.set(id, row);
    row.show(reply, this.#isFinal, this.#hanging.has(id));
    return row.element;
  }

  /** @param {string} id */
  async #toggle(id) {
    this.#openChild = this.#openChild === id ? null : id;
    try {
      if (!ReplyDetails) ({ ReplyDetails } = await later.details());
    } catch (error) {
      this.#openChild = null;
      this.context.failed({ what: t('moreOf', { name: this.#nameOf(id) }), error });
    }
    this.#drawDetails();
  }

  #drawDetails() {
    const reply = ReplyDetails && this.#replies.find((one) => one.child_id === this.#openChild);
    for (const [id, chip] of this.#chips) {
      chip.setAttribute('aria-expanded', String(id === this.#openChild));
    }
    this.details.hidden = !reply;
    if (reply?.child_id !== this.#details?.id) {
      this.#details = null;
      if (ReplyDetails && reply) this.#details = this.#makeDetails(ReplyDetails, reply.child_id);
      this.details.replaceChildren(this.#details?.element ?? '');
    }
    if (reply) this.#details?.show(reply, this.#isFinal);
  }

  /**
   * @param {typeof import('./reply-details.js').ReplyDetails} Details
   * @param {string} id
   */
  #makeDetails(Details, id) {
    return new Details(id, this.#nameOf(id), () => {
      this.#toggle(id);
      this.#chips.get(id)?.focus();
    });
  }
}

/** @param {Reply} reply whether its child has been silent for long */
function hangs(reply) {
  return isOpen(reply) && Date.now() - (reply.heardAt ?? Infinity) >= HANGS_MS;
}
