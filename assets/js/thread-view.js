// @ts-check
// The conversation: keeps an element for each message, in the order of the path, and draws only
// what changed, once a frame.

import { arrange, h } from './dom.js';
import { EmptyView } from './empty-view.js';
import { nextFrame } from './frame.js';
import { MessageView } from './message-view.js';
import { PendingView } from './pending-view.js';
import { t } from './strings.js';
import { dayKey, dayName } from './time.js';

export class ThreadView {
  /** @type {Map<string, MessageView>} */
  #messages = new Map();
  /** @type {Map<string, HTMLElement>} */
  #days = new Map();
  /** @type {Map<string, PendingView>} */
  #pending = new Map();
  /** Message ids whose text, or rollup, is to be drawn. */
  #dirtyText = new Set();
  #dirtyRollups = new Set();

  /**
   * @param {HTMLElement} element
   * @param {ThreadModel} thread
   * @param {Outbox} outbox
   * @param {ChildContext & {isDemo: (model?: string | null) => boolean, showEarlier: () => void,
   *   address: (childId: string) => void}} context
   */
  constructor(element, thread, outbox, context) {
    this.element = element;
    this.thread = thread;
    this.outbox = outbox;
    this.context = context;
    const { children } = context.session;
    this.empty = new EmptyView(children, context.address);
    this.earlier = h('button', {
      class: 'earlier', type: 'button', onclick: context.showEarlier, 'data-testid': 'earlier',
    }, t('earlier'));
    this.isLoaded = false;
    thread.on('order', () => this.#askOrder());
    thread.on('entry', (id) => this.#updated(id));
    thread.on('text', (id) => this.#ask(this.#dirtyText, id));
    thread.on('rollup', (id) => this.#ask(this.#dirtyRollups, id));
    outbox.on('change', () => this.#askOrder());
    children.on('change', (changes) => this.#childrenChanged(changes));
  }

  /** The first state of the thread is known: an empty one may now say so. */
  loaded() {
    this.isLoaded = true;
    this.#askOrder();
  }

  /**
   * Brings a message into view.
   * @param {string} id
   */
  show(id) {
    this.#messages.get(id)?.bringUp();
  }

  /** Draws the order without waiting for a frame: for a change that must keep its place. */
  drawNow() {
    this.#drawOrder();
  }

  #askOrder() {
    nextFrame(this, () => this.#drawOrder());
  }

  /**
   * @param {Set<string>} dirty
   * @param {string} id
   */
  #ask(dirty, id) {
    dirty.add(id);
    nextFrame(dirty, () => {
      const ids = [...dirty];
      dirty.clear();
      for (const one of ids) this.#draw(one, dirty === this.#dirtyRollups);
    });
  }

  /**
   * @param {string} id
   * @param {boolean} isRollup
   */
  #draw(id, isRollup) {
    const view = this.#messages.get(id);
    if (!view) return;
    if (!isRollup) view.showText();
    else {
      const stored = this.thread.rollup(id);
      const replies = stored?.child_responses ?? this.thread.inProgress.replies(id);
      view.showRollup(replies, Boolean(stored));
    }
  }

  /** @param {string} id */
  #updated(id) {
    const message = this.thread.entries.get(id) ?? this.thread.queued.get(id);
    if (message?.type === 'Message') this.#messages.get(id)?.update(message);
  }

  /** @param {[ChildStatus | undefined, ChildStatus | undefined][]} changes */
  #childrenChanged(changes) {
    const ids = changes.filter(([child, before]) => child?.state !== before?.state
      || child?.circuit_open_until !== before?.circuit_open_until)
      .map(([child, before]) => child?.actor_id ?? before?.actor_id ?? '');
    if (ids.length > 0) for (const view of this.#messages.values()) view.childrenChanged(ids);
  }

  #drawOrder() {
    const path = this.thread.path.list;
    /** @type {HTMLElement[]} */
    const elements = this.thread.path.missingParent ? [this.earlier] : [];
    let day = '';
    for (const entry of path) {
      if (entry.type !== 'Message') continue;
      const key = dayKey(entry.created_at);
      if (key !== day) elements.push(this.#day(key, entry.created_at));
      day = key;
      elements.push(this.#message(entry).element);
    }
    const queued = [...this.thread.queued.values()];
    elements.push(...queued.map((message) => this.#message(message).element));
    elements.push(...this.#pendingElements());
    if (elements.length === 0 && this.isLoaded) elements.push(this.empty.element);
    arrange(this.element, elements);
  }

  /** @param {Message} message */
  #message(message) {
    let view = this.#messages.get(message.id);
    if (!view || view.message !== message) {
      if (view) view.update(message);
      else {
        view = new MessageView(message, this.context);
        this.#messages.set(message.id, view);
        this.#draw(message.id, true);
      }
    }
    return view;
  }

  /**
   * @param {string} key
   * @param {string} iso
   */
  #day(key, iso) {
    const known = this.#days.get(key) ?? daySeparator(iso);
    this.#days.set(key, known);
    return known;
  }

  #pendingElements() {
    const items = this.outbox.list;
    const ids = new Set(items.map((item) => item.id));
    for (const id of this.#pending.keys()) if (!ids.has(id)) this.#pending.delete(id);
    return items.filter((item) => !this.#isShown(item)).map((item) => {
      const view = this.#pending.get(item.id) ?? new PendingView(item, this.outbox);
      this.#pending.set(item.id, view);
      view.update(item);
      return view.element;
    });
  }

  /**
   * Whether a sent message has come back live while its acknowledgement is still on the way.
   * @param {OutboxItem} item
   */
  #isShown(item) {
    if (item.state !== 'sent') return false;
    for (const entry of this.thread.path.backwards()) {
      if (entry.created_at < item.at) return false;
      const isOwn = entry.type === 'Message' && entry.role === 'user';
      if (isOwn && entry.content === item.content) return true;
    }
    return false;
  }
}

/** @param {string} iso */
function daySeparator(iso) {
  return h('div', { class: 'day', role: 'separator', 'aria-label': dayName(iso) },
    h('span', { 'aria-hidden': 'true' }, dayName(iso)));
}
