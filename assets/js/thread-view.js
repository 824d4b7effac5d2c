// @ts-check
// The conversation: keeps an element for each message that is in the window, in the order of the
// path, and draws only what changed, once a frame.

import { bringUp } from './bring-up.js';
import { arrange, h } from './dom.js';
import { EmptyView } from './empty-view.js';
import { nextFrame } from './frame.js';
import { MessageView } from './message-view.js';
import { PendingView } from './pending-view.js';
import { t } from './strings.js';
import { ThreadWindow } from './thread-window.js';
import { dayKey, dayName } from './time.js';
import { ToolRoundView } from './tool-round-view.js';

/** Entries asked for at once, as one scrolls and on the way to a certain one. */
const PAGE = 100;
const FAR_PAGE = 1000;
/** Views kept of what is out of the window: scrolling back finds them as they were left. */
const MOST_KEPT = 400;
/** A question without an answer gets a button for one only if that lasts. */
const UNANSWERED_MS = 2000;

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
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {Message | undefined} the question that nobody answers */
  #unanswered;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} scroller
   * @param {Outbox} outbox
   * @param {ThreadContext} context
   */
  constructor(element, scroller, outbox, context) {
    this.element = element;
    this.outbox = outbox;
    this.context = context;
    const { children, thread } = context.session;
    this.thread = thread;
    this.window = new ThreadWindow(scroller, thread.path, {
      draw: () => this.#drawOrder(), load: () => this.#load(PAGE),
    });
    this.empty = new EmptyView(children, context.threads, context.address);
    this.earlier = h('button.earlier', {
      testid: 'earlier',
      onclick: () => this.window.earlier(),
    }, t('earlier'));
    this.cut = separator(t('contextFrom'), 'context-from');
    this.isLoaded = false;
    thread.on('opened', () => this.#forget());
    thread.on('order', () => this.#askOrder());
    thread.on('entry', (id) => this.#updated(id));
    thread.on('text', (id) => this.#ask(this.#dirtyText, id));
    thread.on('retry', (id) => this.#messages.get(id)?.showWait(thread.retries.get(id)));
    thread.on('rollup', (id) => this.#ask(this.#dirtyRollups, id));
    outbox.on('change', () => this.#askOrder());
    children.on('change', (changes) => this.#childrenChanged(changes));
    // What waits to be sent is in sight before chatd has told anything, and where it can't.
    this.#askOrder();
  }

  /** The first state of the thread is known: an empty one may now say so. */
  loaded() {
    this.isLoaded = true;
    this.#askOrder();
  }

  /**
   * @param {string} id
   * @param {number} by
   */
  async showBranch(id, by) {
    // What changed is drawn in the next frame, this after it.
    nextFrame(`branch ${id}`, async () => {
      if (!(await this.show(id))) return;
      const views = [...this.#messages.values(), ...this.#rounds.values()];
      views.find((view) => view.branch.has(id))?.branch.focus(by);
    });
  }

  /**
   * Brings an entry into view, however far back it is; a rollup's message stands for it.
   * @param {string} id
   * @returns {Promise<boolean>} false where it is not on the branch that is shown
   */
  async show(id) {
    const { path, entries } = this.thread;
    while (path.indexOf(id) < 0 && path.missingParent) {
      if (!(await this.#load(FAR_PAGE))) return false;
    }
    const entry = entries.get(id);
    const index = path.indexOf(entry?.type === 'Rollup' ? entry.original_message_id : id);
    if (index < 0) return false;
    // A message of which nothing is shown but its calls.
    const shown = path.list.slice(index, index + 2).find((one) => !this.#isHidden(one));
    this.window.show(shown?.id ?? id);
    (this.#messages.get(shown?.id ?? '') ?? this.#rounds.get(shown?.id ?? ''))?.bringUp();
    return true;
  }

  /**
   * Gives the focus to the message before or behind the one that has it.
   * @param {number} by -1 or 1
   */
  step(by) {
    const rows = /** @type {HTMLElement[]} */ ([
      ...this.element.querySelectorAll('[data-entry-id]'),
    ]);
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = at < 0 ? rows.at(-1) : rows[at + by];
    if (row) bringUp(row);
  }

  /** @param {Entry} entry */
  #isHidden(entry) {
    const next = this.thread.path.list[this.thread.path.indexOf(entry.id) + 1];
    return entry.type === 'Rollup' || (isWordless(entry) && next?.type === 'ToolRound');
  }

  /**
   * Asks for the entries before the oldest one that is known.
   * @param {number} limit
   * @returns {Promise<boolean>} whether there are more now
   */
  async #load(limit) {
    const { thread, context: { session, failed } } = this;
    const { name } = thread;
    const before = thread.path.list[0]?.id;
    try {
      const page = await session.socket.command('get_messages', { thread: name, before, limit });
      if (name !== thread.name) return false;
      thread.prepend(page);
      return thread.path.list[0]?.id !== before;
    } catch (error) {
      // That the connection is gone is said elsewhere, once.
      const { isDisconnected } = /** @type {CommandError} */ (error);
      if (!isDisconnected) failed({ what: t('earlier'), error });
      return false;
    }
  }

  /** Another thread is shown: what was drawn of this one is of no use there. */
  #forget() {
    for (const map of [this.#messages, this.#rounds, this.#days, this.#pending]) map.clear();
    this.isLoaded = false;
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
    const { from, to } = this.window.range();
    const path = this.thread.path.list;
    /** @type {HTMLElement[]} */
    const elements = from === 0 && this.thread.path.missingParent ? [this.earlier] : [];
    elements.push(...this.#pathElements(path, from, to));
    if (to === path.length) {
      const queued = [...this.thread.queued.values()];
      elements.push(...queued.map((message) => this.#message(message).element));
      elements.push(...this.#pendingElements());
    }
    if (elements.length === 0 && this.isLoaded) elements.push(this.empty.element);
    arrange(this.element, elements);
    this.#letGo(new Set(elements));
    this.#offerAnswer();
  }

  /**
   * @param {Entry[]} path
   * @param {number} from
   * @param {number} to
   */
  #pathElements(path, from, to) {
    /** @type {HTMLElement[]} */
    const elements = [];
    const first = contextStart(path);
    let day = '';
    /** @type {Usage[]} of messages of an answer that have no words and are not shown */
    let unshown = [];
    /** @type {Message | null} the message that begins what is shown next, where it is not itself */
    let hidden = null;
    for (let index = from; index < to; index += 1) {
      const entry = path[index];
      if (entry.id === first && index > 0) elements.push(this.cut);
      if (entry.type === 'Rollup') continue;
      const hasRound = path[index + 1]?.type === 'ToolRound';
      if (isWordless(entry) && hasRound) {
        if (entry.usage) unshown.push(entry.usage);
        hidden = entry;
        continue;
      }
      const key = dayKey(entry.created_at);
      if (key !== day) elements.push(this.#day(key, entry.created_at));
      day = key;
      const view = entry.type === 'ToolRound' ? this.#round(entry) : this.#message(entry);
      view.showBranch(this.#branch(hidden ?? entry));
      hidden = null;
      if (view instanceof MessageView) {
        const isAnswer = entry.type === 'Message' && entry.role === 'assistant';
        view.showPlace(hasRound, isAnswer ? unshown : []);
        unshown = [];
      }
      elements.push(view.element);
    }
    return elements;
  }

  /** @param {Entry} entry @returns {Branch | null} null where it is the only one in its place */
  #branch(entry) {
    const ids = this.thread.path.alternatives(entry);
    return ids.length > 1 ? { ids, at: ids.indexOf(entry.id) } : null;
  }

  /**
   * Lets views go that are out of the window, but for what somebody is writing in one.
   * @param {Set<HTMLElement>} shown
   */
  #letGo(shown) {
    for (const map of [this.#messages, this.#rounds]) {
      if (map.size < MOST_KEPT) continue;
      for (const [id, { element }] of map) {
        if (!shown.has(element) && !('editing' in element.dataset)) map.delete(id);
      }
    }
  }

  /** A question that nobody is answering can be put again. */
  #offerAnswer() {
    const { thread } = this;
    const last = thread.lastMessage;
    const isOpen = last?.role === 'user' && !last.author && last.status === 'complete'
      && thread.queued.size === 0 && thread.underWay === '' && this.context.hasAssistant()
      && (thread.rollup(last.id) || thread.inProgress.replies(last.id).length === 0);
    const open = isOpen ? last : undefined;
    if (open === this.#unanswered) return;
    clearTimeout(this.#patience);
    if (this.#unanswered) this.#messages.get(this.#unanswered.id)?.again.offer(false);
    this.#unanswered = open;
    if (!open) return;
    this.#patience = setTimeout(() => {
      this.#messages.get(open.id)?.again.offer(true);
    }, UNANSWERED_MS);
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
        view = new MessageView(message, this.context, this.outbox);
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
    const here = this.outbox.of(this.thread.name, this.context.threads);
    return here.filter((item) => !this.#isShown(item)).map((item) => {
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
