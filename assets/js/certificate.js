// @ts-check
// How a child ended last: in full while it is down for it, one line to open once it is up again.

import { exitWords, isDownByItself, nextWords } from './child-words.js';
import { h, icon, setText, t } from './dom.js';
import { lineContent, loadColours } from './log-text.js';
import { fullTime, lasting } from './time.js';

/** Characters of a message that stand for it. */
const EXCERPT = 40;

export class Certificate {
  /** @type {ChildStatus | null} */
  #child = null;
  #shown = '';
  #shownHeld = '';
  #isProminent = false;

  /** @param {ChildContext} context */
  constructor(context) {
    this.context = context;
    this.headline = h('span', { testid: 'child-exit' });
    this.facts = h('dl.facts');
    this.held = h('dd.held', { testid: 'child-held' });
    this.next = h('p.certificate-next', { testid: 'child-next' });
    this.tail = h('div');
    this.element = h(
      'details.certificate', { testid: 'certificate', hidden: true },
      h('summary', null, icon('crashed'), this.headline, icon('more')),
      h('div.certificate-body', null, this.facts, this.tail, this.next),
    );
    this.element.addEventListener('toggle', () => this.drawTimes());
  }

  /** @param {ChildStatus} child */
  update(child) {
    this.#child = child;
    const exit = child.last_exit;
    this.element.hidden = !exit || child.state === 'invalid';
    if (!exit) return;
    // While it starts it is open or not as it was: it may be up, or down again, in a moment.
    const isProminent = child.state === 'starting' ? this.#isProminent : isDownByItself(child);
    if (isProminent !== this.#isProminent) this.element.open = isProminent;
    this.#isProminent = isProminent;
    this.element.dataset.prominent = String(isProminent);
    this.element.dataset.cause = exit.cause;
    const shown = JSON.stringify(exit);
    if (shown !== this.#shown) this.#draw(exit);
    this.#shown = shown;
    this.drawTimes();
  }

  /** Draws what time alone changes. */
  drawTimes() {
    const child = this.#child;
    if (!child?.last_exit) return;
    setText(this.headline, exitWords(child.last_exit));
    if (!this.element.open) return;
    setText(this.next, nextWords(child));
    this.#drawHeld(child.last_exit.held ?? []);
  }

  /** @param {LastExit} exit */
  #draw(exit) {
    this.headline.title = exit.at ? fullTime(exit.at) : '';
    // Of what chatd ended the cause says why, and these say how.
    const isByChatd = exit.cause !== 'exit' && exit.cause !== 'signal';
    const how = isByChatd ? exit.signal || exit.code || '' : '';
    const memory = exit.peak_memory_bytes;
    this.facts.replaceChildren(
      fact('factRan', typeof exit.uptime_ms === 'number' ? lasting(exit.uptime_ms) : ''),
      fact('factCPU', typeof exit.cpu_ms === 'number' ? lasting(exit.cpu_ms) : ''),
      fact('factMemory', typeof memory === 'number' ? mebibytes(memory) : ''),
      fact('factHow', String(how)),
      h('div', { hidden: !exit.held?.length }, h('dt', null, t('factHeld')), this.held),
    );
    this.#shownHeld = '';
    const lines = exit.stderr_tail ?? [];
    const words = h('pre.log-text', { tabindex: '0', label: t('lastWords') });
    const fill = () => words.replaceChildren(...lines.flatMap((line) => [lineContent(line), '\n']));
    fill();
    this.tail.replaceChildren(lines.length > 0 ? h(
      'details.last-words', { ontoggle: () => loadColours().then(fill) },
      h('summary', null, t('lastWords')), words,
    ) : '');
  }

  /**
   * The messages it held: a link to each that the page has.
   * @param {string[]} ids
   */
  #drawHeld(ids) {
    const { entries } = this.context.session.thread;
    const known = ids.filter((id) => entries.get(id)?.type === 'Message');
    const shown = known.join() + ids.length;
    if (shown === this.#shownHeld) return;
    this.#shownHeld = shown;
    const links = known.map((id) => {
      const text = excerpt(/** @type {Message} */ (entries.get(id)).content);
      return h('a', {
        href: `#${id}`, label: t('showMessage', { text }),
        onclick: (event) => {
          event.preventDefault();
          this.context.showMessage(id);
        },
      }, t('quoted', { text }));
    });
    const others = ids.length - known.length;
    this.held.replaceChildren(
      ...links, others > 0 ? h('span', null, t('heldElsewhere', { n: others })) : '',
    );
  }
}

/**
 * @param {'factRan' | 'factCPU' | 'factMemory' | 'factHow'} key
 * @param {string} value
 */
function fact(key, value) {
  return value === '' ? '' : h('div', null, h('dt', null, t(key)), h('dd', null, value));
}

/** @param {number} bytes */
function mebibytes(bytes) {
  const n = bytes / 2 ** 20;
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} MiB`;
}

/** @param {string} content */
function excerpt(content) {
  const text = content.replace(/\s+/g, ' ').trim();
  const start = [...text.slice(0, 2 * EXCERPT)].slice(0, EXCERPT).join('');
  return start === text ? text : `${start.trimEnd()}…`;
}
