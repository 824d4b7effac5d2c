// @ts-check
// Restarts all children that are shown and wanted up, a few at a time, so that most of them hear
// what is said meanwhile.

import { askButton } from './ask-button.js';
import { command } from './child-command.js';
import { h, leave, setText, t } from './dom.js';
import { later } from './later.js';

const AT_ONCE = 3;

export class RestartAll {
  /** @type {ChildStatus[]} */
  #children = [];
  #isFiltered = false;
  /** @type {{done: number, all: number} | null} */
  #progress = null;

  /** @param {ChildContext} context */
  constructor(context) {
    this.context = context;
    this.button = askButton('restart', 'restart-all', () => this.#confirm());
    this.words = this.button.lastElementChild;
    this.element = h('div.restart-all', { hidden: true }, this.button);
  }

  /**
   * @param {ChildStatus[]} shown
   * @param {boolean} isFiltered whether there are others
   */
  update(shown, isFiltered) {
    this.#isFiltered = isFiltered;
    this.#children = shown.filter(isWanted);
    const n = this.#children.length;
    // While it is asked about, the question stands in the button's place.
    this.element.hidden = n < 2 && !this.#progress && !this.button.hidden;
    if (this.element.hidden) leave(this.element);
    this.#draw();
  }

  #draw() {
    const { done, all } = this.#progress ?? {};
    const n = this.#children.length;
    const text = this.#progress ? t('restartProgress', { done: done ?? 0, all: all ?? 0 })
      : t(this.#isFiltered ? 'restartShown' : 'restartAll', { n });
    setText(/** @type {Element} */ (this.words), text);
    this.button.ariaDisabled = String(this.#progress !== null);
  }

  async #confirm() {
    try {
      const { ask } = await later.question();
      if (this.button.hidden) return;
      const ids = this.#children.map((child) => child.actor_id);
      const question = t('restartAsk', { n: ids.length });
      ask(this.button, {
        question, answer: t('restart'), label: question, action: 'restart-all', danger: false,
      }, () => this.#restart(ids));
    } catch (error) {
      this.context.failed({ what: t('restart'), error });
    }
  }

  /** @param {string[]} ids */
  async #restart(ids) {
    const { session, announce } = this.context;
    const all = ids.length;
    const progress = { done: 0, all };
    this.#progress = progress;
    this.#draw();
    let n = 0;
    const waiting = [...ids];
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const child = session.children.get(id);
        // Somebody may have stopped it, or taken it away, since the question was put.
        if (child && isWanted(child) && await command('restart', child, this.context)) n += 1;
        progress.done += 1;
        this.#draw();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.#progress = null;
    announce(t('restartDone', { n, all }));
    this.#draw();
  }
}

/** @param {ChildStatus} child */
function isWanted({ wanted, state }) {
  return wanted === 'up' && state !== 'invalid';
}
