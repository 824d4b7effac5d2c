// @ts-check
// Start, Start clean, Stop, Restart, Kill, Log. What was asked for shows until the state has really
// changed, and each button is named with its child.

import { command, wordOf } from './child-command.js';
import { arrange, h, icon, setText } from './dom.js';
import { t } from './strings.js';

/** @typedef {import('./child-command.js').Action} Action */

const DOWN = ['stopped', 'parked', 'backing_off'];

export class ChildActions {
  /** @type {Action | null} what was asked for and is not answered yet */
  #pending = null;
  /** @type {ChildStatus | null} */
  #child = null;
  /** @type {ChildStatus | null} the child as it was when the question was put */
  #condemned = null;
  /** @type {'kill' | 'clean'} what the question is about */
  #asked = 'kill';

  /**
   * @param {string} name
   * @param {ChildContext} context
   * @param {() => void} toggleLog
   */
  constructor(name, context, toggleLog) {
    this.name = name;
    this.context = context;
    this.buttons = {
      start: this.#button('start', 'start', () => this.#ask('start')),
      restart: this.#button('restart', 'restart', () => this.#ask('restart')),
      stop: this.#button('stopped', 'stop', () => this.#ask('stop')),
      clean: this.#button('again', 'clean', () => this.#confirm(true, 'clean')),
      kill: this.#button('kill', 'kill', () => this.#confirm(true, 'kill')),
      log: this.#button('log', 'log', toggleLog),
    };
    this.buttons.log.setAttribute('aria-expanded', 'false');
    this.bar = h('div', { class: 'child-buttons' });
    this.question = this.#confirmation();
    this.element = h('div', { class: 'child-actions' }, this.bar, this.question);
  }

  /** @param {boolean} isOpen */
  set logIsOpen(isOpen) {
    this.buttons.log.setAttribute('aria-expanded', String(isOpen));
  }

  /** @param {ChildStatus} child */
  update(child) {
    this.#child = child;
    const { start, restart, clean, stop, kill, log } = this.buttons;
    const { state } = child;
    const isDown = DOWN.includes(state);
    this.element.dataset.pending = this.#pending ?? '';
    const shown = [];
    if (isDown || this.#pending === 'start') shown.push(start);
    else shown.push(restart);
    // What it saved may be what ends it.
    if (shown[0] === start && child.state_bytes) shown.push(clean);
    // A child that waits for its next start can be told not to start.
    if (state !== 'stopped') shown.push(stop);
    if (!isDown) shown.push(kill);
    const all = state === 'invalid' ? [] : shown;
    arrange(this.bar, child.generation ? [...all, log] : all);
    const isStopping = state === 'stopping' || this.#pending === 'stop';
    this.#label(start, this.#pending === 'start' ? 'doing_start' : startWord(state));
    this.#label(clean, this.#pending === 'clean' ? 'doing_start' : 'clean');
    this.#label(restart, this.#pending === 'restart' ? 'doing_restart' : 'restart');
    this.#label(stop, isStopping ? 'doing_stop' : 'stopChild');
    this.#label(kill, this.#pending === 'kill' ? 'doing_kill' : 'kill');
    const isBusy = this.#pending !== null || isStopping;
    for (const button of [start, restart, clean, stop]) button.disabled = isBusy;
    // Killing is for what hangs: it stays possible while something else is under way.
    kill.disabled = this.#pending === 'kill';
    const isPointless = this.#asked === 'kill' ? isDown : !shown.includes(clean);
    if (isPointless) this.#confirm(false);
  }

  /**
   * @param {Action} action
   * @param {ChildStatus | null} [child]
   */
  async #ask(action, child = this.#child) {
    if (!child) return;
    this.#confirm(false);
    this.#pending = action;
    this.#redraw();
    await command(action, child, this.context);
    // A later action has taken this one's place.
    if (this.#pending === action) this.#pending = null;
    this.#redraw();
  }

  #redraw() {
    if (this.#child) this.update(this.#child);
  }

  /**
   * @param {boolean} isAsking
   * @param {'kill' | 'clean'} [action]
   */
  #confirm(isAsking, action = this.#asked) {
    if (this.question.hidden === !isAsking) return;
    if (isAsking) this.#put(action);
    const hadFocus = this.question.contains(document.activeElement);
    this.#condemned = isAsking ? this.#child : this.#condemned;
    this.question.hidden = !isAsking;
    this.bar.hidden = isAsking;
    if (isAsking) this.question.querySelector('button')?.focus();
    else if (hadFocus) this.buttons[this.#asked].focus();
  }

  /** @param {'kill' | 'clean'} action */
  #put(action) {
    this.#asked = action;
    const [yes] = this.question.getElementsByTagName('button');
    const question = t(action === 'kill' ? 'killAsk' : 'cleanAsk', { name: this.name });
    const answer = t(action === 'kill' ? 'killYes' : 'clean');
    setText(/** @type {Element} */ (this.question.firstElementChild), question);
    this.question.setAttribute('aria-label', question);
    setText(yes, answer);
    yes.dataset.action = `${action}-confirm`;
    yes.setAttribute('aria-label', t('actionOf', { action: answer, name: this.name }));
  }

  #confirmation() {
    const yes = h('button', {
      type: 'button', class: 'small danger',
      onclick: () => this.#ask(this.#asked, this.#condemned),
    });
    const no = h('button', {
      type: 'button', class: 'small', onclick: () => this.#confirm(false),
    }, t('cancel'));
    return h('div', {
      class: 'kill-confirm', role: 'group', hidden: true,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') { event.stopPropagation(); this.#confirm(false); }
      },
    }, h('span'), yes, no);
  }

  /**
   * @param {any} shape
   * @param {string} action
   * @param {() => void} onclick
   * @returns {HTMLButtonElement}
   */
  #button(shape, action, onclick) {
    const word = wordOf(/** @type {any} */ (action));
    return h('button', {
      type: 'button', class: 'small', 'data-action': action, onclick,
      'aria-label': t('actionOf', { action: t(word), name: this.name }),
    }, icon(shape), h('span', null, t(word)));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {any} key
   */
  #label(button, key) {
    const text = t(key);
    setText(/** @type {Element} */ (button.lastElementChild), text);
    button.setAttribute('aria-label', t('actionOf', { action: text, name: this.name }));
  }
}

/** @param {string} state */
function startWord(state) {
  return state === 'stopped' ? 'start' : 'startNow';
}
