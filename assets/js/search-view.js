// @ts-check
// Search through all threads, as one types; each hit leads to its place.

import { ask } from './ask.js';
import { openDialog } from './dialog.js';
import { h, setText, t } from './dom.js';
import { address } from './route.js';
import { clock, dayName, fullTime } from './time.js';

const WAIT_MS = 150;

/** @param {ChildContext} context */
export function showSearch(context) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {AbortController | undefined} */
  let running;
  const status = h('p.search-status', { role: 'status', testid: 'search-status' });
  const list = h('ul.hits');
  const more = h('button.small', { hidden: true }, t('searchMore'));
  const field = h('input', {
    type: 'text', role: 'searchbox', autofocus: true, dir: 'auto', label: t('search'),
    placeholder: t('searchPlaceholder'), testid: 'search-field',
    oninput: () => { clearTimeout(timer); timer = setTimeout(() => look(), WAIT_MS); },
    onkeydown: (event) => {
      if (event.key === 'ArrowDown') list.querySelector('a')?.focus();
      else if (event.key === 'Enter' && !event.isComposing) first();
    },
  });
  list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => (
    step(event, list, field)
  ));
  const dialog = openDialog(t('search'), {
    class: 'search', content: [field, status, list, more], closed: () => running?.abort(),
  });

  /** Goes to the best hit: of the words that stand there now, however fast they were typed. */
  async function first() {
    if (timer !== undefined) await look();
    list.querySelector('a')?.click();
  }

  /** @param {string} [before] */
  async function look(before = '') {
    clearTimeout(timer);
    timer = undefined;
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const words = field.value.trim();
    if (before === '') list.replaceChildren();
    more.hidden = true;
    setText(status, '');
    if (words === '') return;
    try {
      const query = new URLSearchParams(before ? { q: words, before } : { q: words });
      const { hits, next } = await ask(`/api/search?${query}`, { signal: mine.signal });
      list.append(...hits.map((/** @type {any} */ found) => hit(context, found, go)));
      const n = list.childElementCount;
      setText(status, n === 0 ? t('searchNone') : t('searchFound', { n }));
      more.hidden = !next;
      more.onclick = () => look(next);
    } catch (error) {
      if (!mine.signal.aborted) setText(status, /** @type {Error} */ (error).message);
    }
  }

  /** @param {string} hash that of the address already, the browser says nothing of it */
  function go(hash) {
    dialog.close();
    if (location.hash === hash) dispatchEvent(new HashChangeEvent('hashchange'));
  }
}

/**
 * @param {ChildContext} context
 * @param {any} found
 * @param {(hash: string) => void} go
 */
function hit({ threads, session }, { entry, thread, child_id: child, snippet }, go) {
  const place = address(thread, entry.type === 'Rollup' ? entry.original_message_id : entry.id);
  const who = child ? session.children.nameOf(child)
    : t(entry.role === 'assistant' ? 'assistant' : 'you');
  return h('li', null, h('a', { href: place, onclick: () => go(place), testid: 'hit' },
    h('span.hit-place', null, h('strong', { dir: 'auto' }, threads.nameOf(thread)), who,
      h('time', { title: fullTime(entry.created_at) },
        `${dayName(entry.created_at)}, ${clock(entry.created_at)}`)),
    h('span.hit-text', { dir: 'auto' }, snippet.map(
      (/** @type {any} */ { text, match }) => (match ? h('mark', null, text) : text)))));
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} list
 * @param {HTMLElement} field
 */
function step(event, list, field) {
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(/** @type {any} */ (document.activeElement));
  if (event.key === 'ArrowDown') (links[at + 1] ?? links[at])?.focus();
  else if (event.key === 'ArrowUp') (links[at - 1] ?? field).focus();
  else return;
  event.preventDefault();
}
