// @ts-check
// One child in the panel: what it is doing, and what can be done with it.

import { ChildActions } from './child-actions.js';
import { circuitWords, stateShape, stateWords } from './child-state.js';
import { h, icon, setText, t } from './dom.js';
import { nextFrame } from './frame.js';
import { later } from './later.js';
import { Sparkline } from './sparkline.js';
import { count, stopCounting } from './ticker.js';
import { since, span } from './time.js';
import { tile, toneOf } from './tones.js';

export class ChildCard {
  /** @type {import('./log-view.js').LogView | null} */
  #log = null;
  /** @type {import('./certificate.js').Certificate | null} made when it has ended once */
  #certificate = null;

  /**
   * @param {ChildStatus} child
   * @param {ChildContext} context
   * @param {import('./latencies.js').Latencies} latencies
   */
  constructor(child, context, latencies) {
    this.latencies = latencies;
    this.child = child;
    this.context = context;
    const id = child.actor_id;
    const name = child.name || id;
    this.state = h('span.state-word', { testid: 'child-state' });
    this.shape = h('span.state-shape');
    this.description = h('p.child-description');
    this.facts = h('p.child-facts', { testid: 'child-facts' });
    this.sparkline = new Sparkline();
    this.skipped = h('span');
    this.circuit = h('p.child-circuit', {
      testid: 'child-circuit', title: t('circuitWhy'), hidden: true,
    }, icon('skipped'), this.skipped);
    this.newer = h('p', null, icon('invalid'), h('span', null, t('newerProblem')));
    this.complaint = h('pre', { tabindex: '0', label: t('problemOf', { name }) });
    this.problem = h('div.child-problem', {
      testid: 'child-problem', hidden: true,
    }, this.newer, this.complaint);
    this.actions = new ChildActions(id, name, context, () => this.#toggleLog());
    this.logPlace = h('div', { hidden: true });
    this.element = h(
      'li', { class: `child tone-${toneOf(id)}`, 'data-child': id, testid: 'child' },
      h('div.child-head', null, tile(id, name),
        h('h3', null, name, name === id ? null : h('span.child-id', null, id)),
        h('span.state', null, this.shape, this.state)),
      this.description,
      h('div.child-numbers', null, this.facts, this.sparkline.element),
      this.actions.mute.mark, this.circuit, this.problem, this.actions.element,
      this.logPlace,
    );
    this.update(child);
    this.drawLatencies();
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
    if (this.#certificate) this.#certificate.update(child);
    else if (child.last_exit) this.#certify();
    this.actions.update(child);
    this.#drawTimes();
  }

  /** Lets its times go on, as long as it is in the page. */
  count() {
    count(this.element, () => this.#drawTimes());
  }

  /** Draws how long it took for its last replies. */
  drawLatencies() {
    this.sparkline.draw(this.latencies.of(this.child.actor_id));
  }

  /** Ends what goes on behind it. */
  close() {
    stopCounting(this.element);
    this.actions.mute.close();
    this.#closeLog();
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
      failureWords(child),
      child.in_flight ? t('factInFlight', { n: child.in_flight }) : '',
    ].filter(Boolean).map((fact) => fact.replaceAll(' ', '\u00a0')).join('\u00a0· '));
    const skipped = circuitWords(child);
    this.circuit.hidden = skipped === '';
    setText(this.skipped, skipped);
    this.#certificate?.drawTimes();
  }

  async #certify() {
    try {
      const { Certificate } = await later.certificate();
      this.#certificate ??= new Certificate(this.context);
      this.#certificate.update(this.child);
      this.actions.element.before(this.#certificate.element);
    } catch (error) {
      this.context.failed({ what: this.child.actor_id, error });
    }
  }

  async #toggleLog() {
    if (!this.logPlace.hidden) {
      this.#closeLog();
      return;
    }
    this.actions.logIsOpen = true;
    this.logPlace.hidden = false;
    try {
      const { LogView } = await later.log();
      // It may have been closed again meanwhile, or even opened once more.
      if (this.logPlace.hidden || this.#log) return;
      const { actor_id: id, name } = this.child;
      this.#log = new LogView(id, name || id, this.context);
      this.logPlace.replaceChildren(this.#log.element);
      await this.#log.open();
      // What was asked for is seen: a card at the foot of the panel opens below its edge.
      nextFrame(this.logPlace, () => this.logPlace.scrollIntoView({ block: 'nearest' }));
    } catch (error) {
      this.#closeLog();
      this.context.failed({ what: t('log'), error });
    }
  }

  #closeLog() {
    this.actions.logIsOpen = false;
    this.logPlace.hidden = true;
    this.#log?.close();
    this.#log = null;
    this.logPlace.replaceChildren();
  }
}

/**
 * How near it is to being parked; empty where it has not failed lately.
 * @param {ChildStatus} child
 */
function failureWords({ failures }) {
  if (!failures) return '';
  const { at, most, period_ms: period } = failures;
  const n = at.filter((one) => since(one) < period).length;
  return n > 0 ? t('factFailures', { n, most, time: span(period) }) : '';
}
