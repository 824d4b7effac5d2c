// @ts-check
// Start, Start clean, Stop, Restart, Kill, Mute here, Log. What was asked for shows until the state
// has really changed, and each button is named with its child.

import { askButton, labelButton } from './ask-button.js';
import { command } from './child-command.js';
import { ChildMute } from './child-mute.js';
import { arrange, h, t } from './dom.js';
import { later } from './later.js';

/** @typedef {import('./child-command.js').Action} Action */

const DOWN = ['stopped', 'parked', 'backing_off'];
const ON_THE_WAY = ['starting', 'stopping'];

export class ChildActions {
  /**
   * What was asked for, and the child as it was then.
   * @type {{action: Action, child: ChildStatus, isAnswered: boolean} | null}
   */
  #pending = null;
  /** @type {ChildStatus | null} */
  #child = null;
  /** @type {'kill' | 'clean'} what the question is about */
  #asked = 'kill';
  /** Takes it back. */
  #close = () => {};

  /**
   * @param {string} id
   * @param {string} name
   * @param {ChildContext} context
   * @param {() => void} toggleLog
   */
  constructor(id, name, context, toggleLog) {
    this.name = name;
    this.context = context;
    this.buttons = {
      start: askButton('start', 'start', () => this.#ask('start')),
      restart: askButton('restart', 'restart', () => this.#ask('restart')),
      stop: askButton('stopped', 'stop', () => this.#ask('stop')),
      clean: askButton('again', 'clean', () => this.#confirm('clean')),
      kill: askButton('kill', 'kill', () => this.#confirm('kill')),
      log: askButton('log', 'log', toggleLog),
    };
    labelButton(this.buttons.log, 'log', name);
    this.logIsOpen = false;
    this.mute = new ChildMute(id, name, context);
    this.bar = h('div.child-buttons');
    this.element = h('div.child-actions', null, this.bar);
  }

  /** @param {boolean} isOpen */
  set logIsOpen(isOpen) {
    this.buttons.log.setAttribute('aria-expanded', String(isOpen));
  }

  /** @param {ChildStatus} child */
  update(child) {
    this.#child = child;
    const asked = this.#pending;
    // The answer may be here before the state is.
    if (asked?.isAnswered && isOver(asked.child, child)) this.#pending = null;
    const pending = this.#pending?.action ?? '';
    this.element.dataset.pending = pending;
    const { start, clean, restart, stop, kill } = this.buttons;
    const isStopping = child.state === 'stopping' || pending === 'stop';
    const isBusy = pending !== '' || isStopping;
    /** @type {(button: HTMLButtonElement, doing: any, key: any, isPending?: boolean) => void} */
    const label = (button, doing, key, isPending = isBusy) => {
      labelButton(button, doing ? `doing_${doing}` : key, this.name, isPending);
    };
    const startWord = child.state === 'stopped' ? 'start' : 'startNow';
    label(start, pending === 'start' && 'start', startWord);
    label(clean, pending === 'clean' && 'start', 'clean');
    label(restart, pending === 'restart' && 'restart', 'restart');
    label(stop, isStopping && 'stop', 'stopChild');
    // Killing is for what hangs: it stays possible while something else is under way.
    label(kill, pending === 'kill' && 'kill', 'kill', pending === 'kill');
    this.#arrange(child, pending);
  }

  /**
   * @param {ChildStatus} child
   * @param {string} pending
   */
  #arrange(child, pending) {
    const { start, clean, restart, stop, kill, log } = this.buttons;
    const isDown = DOWN.includes(child.state);
    const isStart = isDown || pending === 'start' || pending === 'clean';
    const shown = [isStart ? start : restart];
    // What it saved may be what ends it.
    if (isStart && child.state_bytes) shown.push(clean);
    // A child that waits for its next start can be told not to start.
    if (child.state !== 'stopped') shown.push(stop);
    if (!isDown) shown.push(kill);
    const isPointless = this.#asked === 'kill' ? isDown : !shown.includes(clean);
    const { activeElement: focused } = document;
    const hadFocus = this.bar.contains(focused);
    arrange(this.bar, [
      ...(child.state === 'invalid' ? [] : [...shown, this.mute.button]),
      ...(child.generation ? [log] : []),
    ]);
    // Whoever pressed what is gone now goes on at what stands in its place.
    if (hadFocus && !this.bar.contains(focused)) this.bar.querySelector('button')?.focus();
    if (isPointless) this.#close();
  }

  /**
   * @param {Action} action
   * @param {ChildStatus | null} [child]
   */
  async #ask(action, child = this.#child) {
    if (!child) return;
    const asked = { action, child, isAnswered: false };
    this.#pending = asked;
    this.#redraw();
    asked.isAnswered = await command(action, child, this.context);
    // A later action may have taken this one's place.
    if (this.#pending === asked && !asked.isAnswered) this.#pending = null;
    this.#redraw();
  }

  #redraw() {
    if (this.#child) this.update(this.#child);
  }

  /** @param {'kill' | 'clean'} action */
  async #confirm(action) {
    const { name } = this;
    const child = this.#child;
    try {
      const { ask, killQuestion } = await later.question();
      this.#close();
      this.#asked = action;
      this.#close = ask(this.bar, action === 'kill' ? killQuestion(name) : {
        question: t('cleanAsk', { name }), answer: t('clean'), action,
        label: t('actionOf', { action: t('clean'), name }),
      }, () => this.#ask(action, child));
      // The child may have gone on meanwhile.
      this.#redraw();
    } catch (error) {
      this.context.failed({ what: t('actionOf', { action: t(action), name }), error });
    }
  }
}

/**
 * Whether what was asked for is done: the child is in another state, and in one that lasts.
 * @param {ChildStatus} before
 * @param {ChildStatus} now
 */
function isOver(before, now) {
  return !ON_THE_WAY.includes(now.state)
    && (now.since !== before.since || now.generation !== before.generation);
}
