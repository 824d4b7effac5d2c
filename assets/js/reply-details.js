// @ts-check
// Everything about one reply: its html, its data, why it is what it is.

import { childHtml } from './child-html.js';
import { dataTree } from './data-tree.js';
import { h, icon } from './dom.js';
import { t, tWord } from './strings.js';
import { latency, withLocalTimes } from './time.js';
import { tile, toneOf } from './tones.js';

/**
 * @param {Reply} reply
 * @param {string} name
 * @param {() => void} close
 * @returns {HTMLElement}
 */
export function replyDetails(reply, name, close) {
  const status = tWord('', reply.status) + (reply.late ? `, ${t('late')}` : '');
  const facts = [
    fact(t('factStatus'), status),
    fact(t('factReason'), withLocalTimes(reply.reason ?? '')),
    fact(t('factLatency'), latency(reply.latency_ms)),
    fact(t('factAttempt'), reply.attempt),
    fact(t('factGeneration'), reply.generation),
  ];
  const hasData = reply.data !== null && reply.data !== undefined;
  return h(
    'div', { class: `details-card tone-${toneOf(reply.child_id)}`, 'data-testid': 'reply-details' },
    h('header', null, tile(reply.child_id, name), h('strong', null, name),
      h('button', {
        class: 'quiet', type: 'button', 'aria-label': t('closeDetails'), onclick: close,
      }, icon('close'))),
    reply.html ? childHtml(reply.html, t('htmlOf', { name })) : null,
    hasData ? h('div', { class: 'details-data', 'data-testid': 'reply-data' },
      h('strong', null, t('factData')), dataTree(reply.data)) : null,
    h('dl', { class: 'facts' }, facts),
  );
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function fact(name, value) {
  if (value === null || value === undefined || value === '') return null;
  return h('div', null, h('dt', null, name), h('dd', null, String(value)));
}
