// @ts-check
// One child in the panel: what it is doing, and what can be done with it.

import { Certificate } from './certificate.js';
import { ChildActions } from './child-actions.js';
import { circuitWords, stateShape, stateWords } from './child-words.js';
import { h, icon, setText } from './dom.js';
import { LogView } from './log-view.js';
import { t } from './strings.js';
import { count, stopCounting } from './ticker.js';
import { since, span } from './time.js';
import { tile, toneOf } from './tones.js';

export class ChildCard {
  /** @type {LogView | null} */
  #log = null;

  /**
   * @param {ChildStatus} child
   * @param {ChildContext} context
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
    this.skipped = h('span');
    this.circuit = h('p', {
      class: 'child-circuit', 'data-testid': 'child-circuit', title: t('circuitWhy'), hidden: true,
    }, icon('skipped'), this.skipped);
    this.certificate = new Certificate(context);
    this.newer = h('p', null, icon('invalid'), h('span', null, t('newerProblem')));
    this.complaint = h('pre', { tabindex: '0', 'aria-label': t('problemOf', { name }) });
    this.problem = h('div', {
      class: 'child-problem', 'data-testid': 'child-problem', hidden: true,
    }, this.newer, this.complaint);
    this.actions = new ChildActions(name, context, () => this.#toggleLog());
    this.logPlace = h('div', { hidden: true });
    this.element = h(
      'li', { class: `child tone-${toneOf(id)}`, 'data-child': id, 'data-testid': 'child' },
      h('div', { class: 'child-head' }, tile(id, name),
        h('h3', null, name, name === id ? null : h('span', { class: 'child-id' }, id)),
        h('span', { class: 'state' }, this.shape, this.state)),
      this.description, this.facts, this.circuit, this.problem, this.certificate.element,
      this.actions.element, this.logPlace,
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
    // Without a manifest that holds it can't run; with one it goes on as it was.
    this.newer.hidden = child.state === 'invalid';
    setText(this.complaint, child.problem ?? '');
    this.certificate.update(child);
    this.actions.update(child);
    stopCounting(element);
    count(element, () => this.#drawTimes());
  }

  /** Ends what goes on behind it. */
  close() {
    stopCounting(this.element);
    this.#log?.close();
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
    const skipped = circuitWords(child);
    this.circuit.hidden = skipped === '';
    setText(this.skipped, skipped);
    this.certificate.drawTimes();
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
