// @ts-check
// Everything about one reply: its text as it was written, its html, its data, why it is what it
// is, and what the child logged meanwhile.

import { childHtml } from './child-html.js';
import { copyButton } from './clipboard.js';
import { dataTree } from './data-tree.js';
import { h, icon, t, tWord } from './dom.js';
import { ReplyLog } from './reply-log.js';
import { latency, withLocalTimes } from './time.js';
import { tile, toneOf } from './tones.js';

export class ReplyDetails {
  /** @type {Map<Element, string>} what each part shows */
  #shown = new Map();

  /**
   * @param {string} id
   * @param {string} name
   * @param {() => void} close
   */
  constructor(id, name, close) {
    this.id = id;
    this.name = name;
    this.html = h('div');
    this.text = h('div.details-part', { testid: 'reply-source' });
    this.data = h('div.details-part', { testid: 'reply-data' });
    this.facts = h('dl.facts');
    this.log = new ReplyLog(id, name);
    this.element = h(
      'div', { class: `details-card tone-${toneOf(id)}`, testid: 'reply-details' },
      h('header', null, tile(id, name), h('strong', null, name),
        h('button.quiet', {
          title: t('closeDetails'),
          label: t('closeDetailsOf', { name }), onclick: close,
        }, icon('close'))),
      this.html, this.text, this.data, this.facts, this.log.element,
    );
  }

  /**
   * Draws the parts that are others now: what was unfolded in the rest stays so.
   * @param {Reply} reply
   * @param {boolean} isFinal
   */
  show(reply, isFinal) {
    const { name } = this;
    this.#part(this.html, reply.html || null, (html) => [childHtml(html, t('htmlOf', { name }))]);
    this.#part(this.text, reply.text || null, (text) => [
      h('details', null, h('summary', null, t('factText')),
        h('pre.details-source', { dir: 'auto', tabIndex: 0 }, text)),
      copyButton(t('copyText', { name }), () => text),
    ]);
    this.#part(this.data, reply.data ?? null, (data) => [
      h('div', null, h('strong', null, t('factData')), dataTree(data)),
      copyButton(t('copyData', { name }), () => JSON.stringify(data, null, 2)),
    ]);
    this.#part(this.facts, {
      factStatus: tWord('', reply.status) + (reply.late ? `, ${t('late')}` : ''),
      factReason: withLocalTimes(reply.reason ?? ''),
      factLatency: latency(reply.latency_ms),
      factAttempt: reply.attempt,
      factGeneration: reply.generation,
    }, (facts) => Object.entries(facts).map(([key, value]) => fact(tWord('', key), value)));
    this.log.show(reply, isFinal);
  }

  /**
   * @param {HTMLElement} place
   * @param {any} value null: there is none
   * @param {(value: any) => any[]} make
   */
  #part(place, value, make) {
    const shown = JSON.stringify(value);
    if (this.#shown.get(place) === shown) return;
    this.#shown.set(place, shown);
    place.hidden = value === null;
    place.replaceChildren(...(value === null ? [] : make(value)).filter(Boolean));
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function fact(name, value) {
  if (value === null || value === undefined || value === '') return null;
  return h('div', null, h('dt', null, name), h('dd', null, String(value)));
}
