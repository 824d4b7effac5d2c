// @ts-check
// One child in the panel: what it is doing, and what can be done with it.

import { ChildActions } from './child-actions.js';
import { exitWords, stateShape, stateWords } from './child-words.js';
import { h, icon, setText } from './dom.js';
import { LogView } from './log-view.js';
import { t } from './strings.js';
import { count, stopCounting } from './ticker.js';
import { fullTime, since, span } from './time.js';
import { tile, toneOf } from './tones.js';

export class ChildCard {
  /** @type {LogView | null} */
  #log = null;

  /**
   * @param {ChildStatus} child
   * @param {{session: Session, failed: (error: any) => void}} context
   */
  constructor(child, context) {
    this.child = child;
    this.context = context;
    const id = child.actor_id;
    const name = child.name || id;
    this.state = h('span', { class: 'state-word', 'data-testid': 'child-state' });
    this.shape = h('span', { class: 'state-shape' });
    this.description = h('p', { class: 'child-description' });
    this.facts = h('p', { class: 'child-facts', 'data-testid': 'child-facts' });
    this.exit = h('div', { class: 'child-exit' });
    this.problem = h('pre', {
      class: 'child-problem', 'data-testid': 'child-problem', tabindex: '0',
    });
    this.actions = new ChildActions(id, name, context, () => this.#toggleLog());
    this.logPlace = h('div', { hidden: true });
    this.element = h(
      'li', { class: `child tone-${toneOf(id)}`, 'data-child': id, 'data-testid': 'child' },
      h('div', { class: 'child-head' }, tile(id, name),
        h('h3', null, name, name === id ? null : h('span', { class: 'child-id' }, id)),
        h('span', { class: 'state' }, this.shape, this.state)),
      this.description, this.facts, this.problem, this.exit, this.actions.element, this.logPlace,
    );
    this.update(child);
  }

  /** @param {ChildStatus} child */
  update(child) {
    this.child = child;
    const { element } = this;
    element.dataset.state = child.state;
    element.dataset.pid = String(child.pid ?? '');
    element.dataset.generation = String(child.generation ?? '');
    element.dataset.restarts = String(child.restarts ?? '');
    const shape = stateShape[/** @type {keyof typeof stateShape} */ (child.state)] ?? 'suspect';
    if (this.shape.dataset.shape !== shape) {
      this.shape.dataset.shape = shape;
      this.shape.replaceChildren(icon(shape));
    }
    setText(this.description, child.description ?? '');
    this.problem.hidden = !child.problem;
    setText(this.problem, child.problem ?? '');
    this.#drawExit();
    this.actions.update(child);
    stopCounting(element);
    if (child.since || child.next_start_at) count(element, () => this.#drawTimes());
    else this.#drawTimes();
  }

  #drawTimes() {
    const { child } = this;
    const isUp = ['ready', 'suspect'].includes(child.state);
    setText(this.state, stateWords(child));
    const time = child.since ? span(since(child.since)) : '';
    setText(this.facts, [
      time && t(isUp ? 'factUp' : 'factSince', { time }),
      child.pid ? t('factPid', { n: child.pid }) : '',
      child.generation ? t('factGen', { n: child.generation }) : '',
      child.restarts ? t('factRestarts', { n: child.restarts }) : '',
      child.in_flight ? t('factInFlight', { n: child.in_flight }) : '',
    ].filter(Boolean).join(' · '));
    if (this.exitLine && child.last_exit) setText(this.exitLine, exitWords(child.last_exit));
  }

  /** How it ended last is news while it is down, and a footnote once it is up again. */
  #drawExit() {
    const exit = this.child.last_exit;
    const shown = JSON.stringify(exit ?? null);
    this.exit.hidden = !exit || this.child.state === 'invalid';
    if (!exit || shown === this.exit.dataset.shown) return;
    this.exit.dataset.shown = shown;
    this.exitLine = h('span', {
      title: exit.at ? fullTime(exit.at) : '', 'data-testid': 'child-exit',
    }, exitWords(exit));
    const tail = exit.stderr_tail ?? [];
    this.exit.replaceChildren(this.exitLine, tail.length > 0 ? h(
      'details', null, h('summary', null, t('lastWords')),
      h('pre', { tabindex: '0', 'aria-label': t('lastWords') }, tail.join('\n')),
    ) : '');
  }

  #toggleLog() {
    const isOpen = !this.#log;
    this.actions.logIsOpen = isOpen;
    this.logPlace.hidden = !isOpen;
    if (isOpen) {
      const { actor_id: id, name } = this.child;
      this.#log = new LogView(id, name || id, this.context.session);
      this.logPlace.replaceChildren(this.#log.element);
      this.#log.open();
    } else {
      this.#log?.close();
      this.#log = null;
      this.logPlace.replaceChildren();
    }
  }
}
