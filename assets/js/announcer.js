// @ts-check
// Tells screen readers what happened, politely, in a region of its own. The thread itself is
// silent: nobody wants to hear an answer token by token.

import { noteOf } from './message-note.js';
import { t, tWord } from './strings.js';

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
   * Follows the assistant's messages of a thread, and what came of those of people.
   * @param {ThreadModel} thread
   * @param {(model?: string | null) => string} nameOf
   * @param {(id: string) => string} childNameOf
   */
  follow(thread, nameOf, childNameOf) {
    thread.on('arrived', (entries) => {
      for (const entry of entries) {
        const asked = entry.type === 'Rollup' && thread.entries.get(entry.original_message_id);
        if (!asked || asked.type !== 'Message' || asked.role !== 'user') continue;
        const said = entry.child_responses
          .filter((/** @type {Reply} */ { status }) => status !== 'declined')
          .map((/** @type {Reply} */ one) => (
            `${childNameOf(one.child_id)} ${tWord('', one.status)}`
          ));
        if (said.length > 0) this.say(shorten(said.join(', ')));
      }
    });
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
      this.say(t('answerComplete', { who, text: shorten(content) }));
    }
    // The calls of a round say for themselves how it goes on.
    const note = noteOf(message, true);
    if (note) this.say(note);
  }
}

/** @param {string} text */
function shorten(text) {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** @param {string} text */
function withoutStop(text) {
  return text.replace(/\.$/, '');
}
