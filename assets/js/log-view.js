// @ts-check
// A child's log, live while it is open: to follow, to search in, to read in a window of its own, to
// download.

import { h, icon, setText, t } from './dom.js';
import { LogLines } from './log-lines.js';
import { LogSearch } from './log-search.js';
import { loadColours } from './log-text.js';

/** As many lines as chatd gives. */
const ALL = 10_000;

export class LogView {
  /** @type {(() => void)[]} */
  #unlisten = [];
  #isClosed = false;

  /**
   * @param {string} id
   * @param {string} name
   * @param {ChildContext} context
   */
  constructor(id, name, context) {
    this.id = id;
    this.name = name;
    this.context = context;
    this.lines = new LogLines(name, () => this.#draw());
    this.search = new LogSearch(this.lines, name);
    this.note = h('p.log-note', { role: 'status', hidden: true });
    this.follow = h('button.small', {
      'data-action': 'follow', title: t('followWhy'),
      onclick: () => { this.lines.isFollowing = !this.lines.isFollowing; },
    }, icon('down'), h('span', null, t('follow')));
    this.enlarge = this.#button('large', 'logLarge', () => this.#resize());
    // Open on its card, and opened once more to be large.
    this.element = h('dialog.log', {
      open: true, label: t('logOf', { name }),
      oncancel: (event) => { event.preventDefault(); this.#resize(); },
      onclose: () => { if (!this.element.open) this.#resize(); },
      // Escape ends the large one alone.
      onkeydown: (event) => {
        if (event.key === 'Escape' && this.#isLarge) event.stopPropagation();
      },
    }, h('div.log-tools', null, this.search.element,
      h('div.log-buttons', null, this.follow,
        this.#button('download', 'logDownload', () => this.#download()), this.enlarge)),
    this.note, this.lines.element);
  }

  get #isLarge() {
    return this.element.matches(':modal');
  }

  /** Shows what there is, and what comes. */
  async open() {
    const { session } = this.context;
    await loadColours();
    if (this.#isClosed) return;
    this.#unlisten = [
      session.on('logs', (frame) => {
        if (frame.actor_id === this.id) this.lines.add(frame.lines ?? [], frame.dropped);
      }),
      // A new connection knows nothing of the old one's tails.
      session.on('live', () => this.#tail()),
    ];
    await this.#tail();
  }

  /** Ends what goes on behind it. */
  close() {
    this.#isClosed = true;
    for (const unlisten of this.#unlisten) unlisten();
    this.search.close();
    // That it could not be ended is nobody's trouble: the lines are no longer looked at.
    this.context.session.socket.command('untail_logs', { actor_id: this.id }).catch(() => {});
  }

  async #tail() {
    try {
      const all = await this.#read();
      const asked = { actor_id: this.id };
      const { lines = [] } = await this.context.session.socket.command('tail_logs', asked);
      // The tail begins with lines that were read already; what is live follows it.
      const read = new Set(all.map(keyOf));
      this.lines.clear();
      this.lines.add([...all, ...lines.filter((/** @type {LogLine} */ one) => (
        !read.has(keyOf(one))))]);
    } catch (error) {
      // With the next connection it is asked for again.
      if (/** @type {any} */ (error).isDisconnected) return;
      this.#say(t('logFailed', { message: /** @type {Error} */ (error).message }));
    }
  }

  /** @returns {Promise<LogLine[]>} all that chatd has */
  async #read() {
    const path = `/api/children/${encodeURIComponent(this.id)}/logs?lines=${ALL}`;
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return (await answer.json()).lines ?? [];
  }

  async #download() {
    try {
      const text = (await this.#read())
        .map((line) => `${line.at} ${line.stream} ${line.text}\n`).join('');
      const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
      h('a', { href, download: `${this.id}.log` }).click();
      // The browser has it by then.
      setTimeout(() => URL.revokeObjectURL(href), 10_000);
    } catch (error) {
      this.context.failed({ what: this.#title('logDownload'), error });
    }
  }

  /** Makes it large, or small again; what is read stays in view. */
  #resize() {
    const { element, lines, enlarge } = this;
    const wasLarge = this.#isLarge;
    const top = lines.isFollowing ? undefined : lines.firstInView();
    element.close();
    if (wasLarge) element.show();
    else element.showModal();
    if (top) lines.show(top);
    enlarge.title = this.#title(wasLarge ? 'logLarge' : 'logSmall');
    enlarge.ariaLabel = enlarge.title;
    enlarge.replaceChildren(icon(wasLarge ? 'large' : 'close'));
    enlarge.focus();
  }

  #draw() {
    const { isFollowing, unseen, element } = this.lines;
    this.follow.ariaPressed = String(isFollowing);
    setText(this.follow.lastElementChild, t(unseen > 0 ? 'followNew' : 'follow', { n: unseen }));
    this.#say(element.childElementCount > 0 ? '' : t('logEmpty'));
    this.search.update();
  }

  /** @param {string} text */
  #say(text) {
    this.note.hidden = text === '';
    setText(this.note, text);
  }

  /** @param {'logDownload' | 'logLarge' | 'logSmall'} key */
  #title(key) {
    return t(key, { name: this.name });
  }

  /**
   * @param {Parameters<typeof icon>[0]} shape
   * @param {'logDownload' | 'logLarge'} key
   * @param {() => void} onclick
   * @returns {HTMLButtonElement}
   */
  #button(shape, key, onclick) {
    const title = this.#title(key);
    return h('button.quiet', { title, label: title, onclick },
      icon(shape));
  }
}

/** @param {LogLine} line */
function keyOf({ at, stream, text }) {
  return `${at} ${stream} ${text}`;
}
