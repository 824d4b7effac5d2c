// @ts-check
// What the children said about a message: a chip for each that was asked, then the texts.

import { arrange, h, icon, setText } from './dom.js';
import { replyDetails } from './reply-details.js';
import { isFailure } from './reply-failure.js';
import { ReplyRow } from './reply-row.js';
import { t, tWord } from './strings.js';
import { count, stopCounting } from './ticker.js';
import { latency } from './time.js';
import { toneOf } from './tones.js';
import { shapes } from './icons.js';

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
  #shownDetails = '';

  /**
   * @param {string} messageId
   * @param {ChildContext} context
   */
  constructor(messageId, context) {
    this.messageId = messageId;
    this.context = context;
    this.chips = h('div', { class: 'chips' });
    this.rows = h('div', { class: 'replies' });
    this.details = h('div', { class: 'reply-details', id: `details-${messageId}`, hidden: true });
    this.element = h('div', {
      class: 'rollup', role: 'group', 'aria-label': t('rollup'), 'data-testid': 'rollup',
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
    for (const id of ids) this.#rows.get(id)?.failure.update();
  }

  /** @param {string} id */
  #nameOf(id) {
    return this.context.session.children.nameOf(id);
  }

  #draw() {
    const replies = this.#replies;
    // Who had something to say stands first; each group in order of the names.
    const spoke = (/** @type {Reply} */ reply) => Number(reply.status === 'declined');
    const sorted = [...replies].sort((a, b) => spoke(a) - spoke(b));
    arrange(this.chips, sorted.map((reply) => this.#chip(reply)));
    const said = replies.filter((one) => one.text || one.html || one.data);
    const silent = replies.filter((one) => !said.includes(one));
    const failed = this.#isFinal ? silent.filter(isFailure) : [];
    const pressed = [...this.#rows.values()].find((row) => row.failure.hasFocus);
    arrange(this.rows, [...said, ...failed].map((one) => this.#row(one)));
    // Whoever asked again loses the button by the answer; what it was about is still there.
    if (pressed && !pressed.failure.hasFocus) this.#chips.get(pressed.failure.childId)?.focus();
    this.#drawDetails();
  }

  /** @param {Reply} reply */
  #chip(reply) {
    const id = reply.child_id;
    let chip = this.#chips.get(id);
    if (!chip) {
      chip = /** @type {HTMLButtonElement} */ (h('button', {
        type: 'button', class: `chip tone-${toneOf(id)}`, 'data-child': id, 'data-testid': 'chip',
        'aria-expanded': 'false', 'aria-controls': this.details.id,
        onclick: () => this.#toggle(id),
      }));
      this.#chips.set(id, chip);
    }
    drawChip(chip, reply, this.#nameOf(id));
    return chip;
  }

  /** @param {Reply} reply */
  #row(reply) {
    const id = reply.child_id;
    const row = this.#rows.get(id)
      ?? new ReplyRow(this.messageId, id, this.#nameOf(id), this.context, () => this.#toggle(id));
    this.#rows.set(id, row);
    row.show(reply, this.#isFinal);
    return row.element;
  }

  /** @param {string} id */
  #toggle(id) {
    this.#openChild = this.#openChild === id ? null : id;
    this.#drawDetails();
  }

  #drawDetails() {
    const reply = this.#replies.find((one) => one.child_id === this.#openChild);
    for (const [id, chip] of this.#chips) {
      chip.setAttribute('aria-expanded', String(id === this.#openChild));
    }
    this.details.hidden = !reply;
    if (!reply) {
      this.details.replaceChildren();
      this.#shownDetails = '';
      return;
    }
    const shown = JSON.stringify(reply);
    if (shown === this.#shownDetails) return;
    this.#shownDetails = shown;
    const close = () => {
      const chip = this.#chips.get(reply.child_id);
      this.#toggle(reply.child_id);
      chip?.focus();
    };
    this.details.replaceChildren(replyDetails(reply, this.#nameOf(reply.child_id), close));
  }
}

/**
 * @param {HTMLButtonElement} chip
 * @param {Reply} reply
 * @param {string} name
 */
function drawChip(chip, reply, name) {
  const { status } = reply;
  const isOpen = status === 'waiting' || status === 'streaming';
  const key = `${status}|${reply.late}|${reply.latency_ms}|${reply.attempt}|${name}`;
  if (chip.dataset.key === key) return;
  chip.dataset.key = key;
  chip.dataset.status = status;
  chip.dataset.late = String(Boolean(reply.late));
  const took = isOpen || ['declined', 'skipped'].includes(status) ? '' : latency(reply.latency_ms);
  const time = h('span', { class: 'chip-time' }, took);
  const shape = /** @type {keyof typeof shapes} */ (status in shapes ? status : 'more');
  chip.replaceChildren(
    icon(shape), h('span', { class: 'chip-name' }, name), ' ',
    h('span', { class: 'chip-status' }, tWord('', status)), ' ',
    reply.late ? h('span', { class: 'chip-late' }, `${lateWords(reply)} `) : '', time,
  );
  if (isOpen && reply.startedAt) {
    const { startedAt } = reply;
    count(chip, () => setText(time, `${((Date.now() - startedAt) / 1000).toFixed(1)} s`));
  } else stopCounting(chip);
}

/** @param {Reply} reply that came after its rollup */
function lateWords({ attempt = 1 }) {
  return attempt > 1 ? t('attempt', { n: attempt }) : t('late');
}
