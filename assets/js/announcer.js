// @ts-check
// Tells screen readers what happened, politely, in a region of its own. The thread itself is
// silent: nobody wants to hear an answer token by token.

import { noteOf } from './message-note.js';
import { t } from './strings.js';

/** Words said of an answer; the rest is there to be read. */
const MOST = 280;

export class Announcer {
  /** @type {string[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} region with role `status` */
  constructor(region) {
    this.region = region;
  }

  /** @param {string} text */
  say(text) {
    this.#waiting.push(text);
    // What happens together is said together; a region that changes twice at once is read once.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.region.textContent = this.#waiting.splice(0).map(withoutStop).join('. ');
    }, 120);
  }

  /**
   * Follows the assistant's messages of a thread.
   * @param {ThreadModel} thread
   * @param {(model?: string | null) => string} nameOf
   */
  follow(thread, nameOf) {
    /** @type {Map<string, string>} */
    const statuses = new Map();
    thread.on('entry', (id) => {
      const entry = thread.entries.get(id);
      if (entry?.type !== 'Message' || entry.role !== 'assistant') return;
      const before = statuses.get(id);
      statuses.set(id, entry.status);
      if (before === entry.status) return;
      const who = nameOf(entry.model);
      if (entry.status === 'streaming') {
        // Behind a round of calls it goes on, and has been said to.
        const goesOn = thread.entries.get(entry.parent ?? '')?.type === 'ToolRound';
        if (!goesOn) this.say(t('answerStarted', { who }));
      } else if (before === 'streaming') this.#sayEnding(entry, who);
    });
  }

  /**
   * @param {Message} message
   * @param {string} who
   */
  #sayEnding(message, who) {
    const { content, status } = message;
    if (status === 'complete' && content.trim() !== '') {
      const text = content.length > MOST ? `${content.slice(0, MOST)}…` : content;
      this.say(t('answerComplete', { who, text }));
    }
    // The calls of a round say for themselves how it goes on.
    const note = noteOf(message, true);
    if (note) this.say(note);
  }
}

/** @param {string} text */
function withoutStop(text) {
  return text.replace(/\.$/, '');
}
