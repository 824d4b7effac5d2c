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
import { ToolRoundView } from './tool-round-view.js';

export class ThreadView {
  /** @type {Map<string, MessageView>} */
  #messages = new Map();
  /** @type {Map<string, ToolRoundView>} */
  #rounds = new Map();
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
    this.cut = separator(t('contextFrom'), 'context-from');
    this.isLoaded = false;
    thread.on('order', () => this.#askOrder());
    thread.on('entry', (id) => this.#updated(id));
    thread.on('text', (id) => this.#ask(this.#dirtyText, id));
    thread.on('retry', (id) => this.#messages.get(id)?.showWait(thread.retries.get(id)));
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
    const entry = this.thread.entries.get(id) ?? this.thread.queued.get(id);
    if (entry?.type === 'Message') this.#messages.get(id)?.update(entry);
    else if (entry?.type === 'ToolRound') this.#rounds.get(id)?.update(entry);
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
    const first = contextStart(path);
    let day = '';
    /** @type {Usage[]} of messages of an answer that have no words and are not shown */
    let unshown = [];
    path.forEach((entry, index) => {
      if (entry.id === first && index > 0) elements.push(this.cut);
      if (entry.type === 'Rollup') return;
      const hasRound = path[index + 1]?.type === 'ToolRound';
      if (isWordless(entry) && hasRound) {
        if (entry.usage) unshown.push(entry.usage);
        return;
      }
      const key = dayKey(entry.created_at);
      if (key !== day) elements.push(this.#day(key, entry.created_at));
      day = key;
      if (entry.type === 'ToolRound') {
        elements.push(this.#round(entry).element);
        return;
      }
      const view = this.#message(entry);
      view.showPlace(hasRound, entry.role === 'assistant' ? unshown : []);
      unshown = [];
      elements.push(view.element);
    });
    const queued = [...this.thread.queued.values()];
    elements.push(...queued.map((message) => this.#message(message).element));
    elements.push(...this.#pendingElements());
    if (elements.length === 0 && this.isLoaded) elements.push(this.empty.element);
    arrange(this.element, elements);
  }

  /** @param {ToolRound} round */
  #round(round) {
    let view = this.#rounds.get(round.id);
    if (!view) {
      view = new ToolRoundView(round, this.context);
      this.#rounds.set(round.id, view);
    } else if (view.round !== round) view.update(round);
    return view;
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
        view.showWait(this.thread.retries.get(message.id));
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

/**
 * Whether it is an answer's message that only asks for tools: the calls are all there is to see.
 * @param {Entry} entry
 * @returns {entry is Message}
 */
function isWordless(entry) {
  return entry.type === 'Message' && entry.role === 'assistant' && entry.status === 'complete'
    && entry.stop_reason === 'tool_use' && entry.content.trim() === '';
}

/**
 * The entry from which the assistant has read last, where it has not read everything.
 * @param {Entry[]} path
 */
function contextStart(path) {
  for (let i = path.length - 1; i >= 0; i -= 1) {
    const entry = path[i];
    if (entry.type === 'Message' && entry.context_from) return entry.context_from;
  }
  return undefined;
}

/** @param {string} iso */
function daySeparator(iso) {
  return separator(dayName(iso), 'day');
}

/**
 * @param {string} words
 * @param {string} testid
 */
function separator(words, testid) {
  return h('div', { class: 'day', role: 'separator', 'aria-label': words, 'data-testid': testid },
    h('span', { 'aria-hidden': 'true' }, words));
}
