// @ts-check
// The list of threads, the name of the one that is shown, and what can be done with each.

import { arrange, h, icon, setText, t } from './dom.js';
import { nextFrame } from './frame.js';
import { later } from './later.js';
import { address } from './route.js';
import { fullTime } from './time.js';

export class ThreadsView {
  /** @type {Map<string, {element: HTMLElement, draw: (thread: ThreadInfo) => void}>} */
  #rows = new Map();

  /**
   * @param {{list: HTMLElement, title: HTMLElement, menu: HTMLElement,
   *   opener: HTMLElement}} elements
   * @param {Threads} threads
   * @param {() => Promise<import('./thread-actions.js').ThreadActions>} actions
   * @param {ChildContext['failed']} failed
   */
  constructor(elements, threads, actions, failed) {
    this.elements = elements;
    this.threads = threads;
    this.actions = actions;
    this.failed = failed;
    elements.menu.append(icon('menu'));
    elements.menu.ariaLabel = t('threadMenu');
    this.#opensMenu(elements.menu, () => threads.shown.name);
    threads.on('change', () => nextFrame(this, () => this.#draw()));
    this.#draw();
  }

  #draw() {
    const { list } = this.threads;
    const ids = new Set(list.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    arrange(this.elements.list, list.map((thread) => this.#row(thread)));
    const name = this.threads.nameOf(this.threads.shown.name);
    const unread = list.filter((one) => this.threads.isUnread(one)).length;
    setText(this.elements.title, name);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name} – chatd`;
    this.elements.opener.dataset.unread = String(unread > 0);
  }

  /**
   * @param {any} button
   * @param {() => string} thread
   */
  #opensMenu(button, thread) {
    button.setAttribute('aria-haspopup', 'menu');
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', async () => {
      // While its menu is open, the browser closes that.
      if (button.popoverTargetElement) return;
      try {
        const [{ openMenu }, actions] = await Promise.all([later.menu(), this.actions()]);
        openMenu(button, actions.choices(thread()));
      } catch (error) {
        this.failed({ what: t('threadMenu'), error });
      }
    });
  }

  /** @param {ThreadInfo} thread */
  #row(thread) {
    const known = this.#rows.get(thread.id) ?? this.#make(thread.id);
    this.#rows.set(thread.id, known);
    known.draw(thread);
    return known.element;
  }

  /** @param {string} id */
  #make(id) {
    const name = h('span.thread-name', { dir: 'auto' });
    const unread = h('span.unread', { hidden: true }, t('unread'));
    const link = h('a', { href: address(id) }, name, unread);
    const menu = h('button.quiet', null, icon('menu'));
    this.#opensMenu(menu, () => id);
    const element = h('li.thread-row', { 'data-thread': id, testid: 'thread-row' },
      link, menu);
    const draw = (/** @type {ThreadInfo} */ thread) => {
      const words = this.threads.nameOf(id);
      const isUnread = this.threads.isUnread(thread);
      setText(name, words);
      menu.ariaLabel = t('threadMenuOf', { name: words });
      unread.hidden = !isUnread;
      element.dataset.unread = String(isUnread);
      link.title = t('threadBegun', { name: words, time: fullTime(thread.created_at) });
      if (id === this.threads.shown.name) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    };
    return { element, draw };
  }
}
