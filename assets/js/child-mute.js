// @ts-check
// Whether a child hears what is said in the thread that is shown, and the button that changes it.

import { askButton, labelButton } from './ask-button.js';
import { h, icon, t } from './dom.js';

/** The change under way: the next one builds on its outcome. */
let before = Promise.resolve();

export class ChildMute {
  #isAsking = false;

  /**
   * @param {string} id
   * @param {string} name
   * @param {ChildContext} context
   */
  constructor(id, name, context) {
    this.id = id;
    this.name = name;
    this.context = context;
    this.button = askButton('mute', 'mute', () => this.#toggle());
    this.mark = h('p.child-muted', { testid: 'child-muted' },
      icon('mute'), h('span', null, t('mutedHere')));
    this.unlisten = context.threads?.on('change', () => this.#draw());
    this.#draw();
  }

  /** Ends what goes on behind it. */
  close() {
    this.unlisten?.();
  }

  get #isMuted() {
    return this.context.threads?.isMuted(this.id) ?? false;
  }

  #draw() {
    const isMuted = this.#isMuted;
    this.mark.hidden = !isMuted;
    this.button.hidden = !this.context.threads?.current;
    labelButton(this.button, isMuted ? 'unmuteHere' : 'muteHere', this.name, this.#isAsking);
  }

  async #toggle() {
    const mute = !this.#isMuted;
    this.#isAsking = true;
    this.#draw();
    before = before.then(() => this.#set(mute));
    await before;
    this.#isAsking = false;
    this.#draw();
  }

  /** @param {boolean} mute */
  async #set(mute) {
    const { threads, failed } = this.context;
    const others = (threads?.current?.muted ?? []).filter((one) => one !== this.id);
    try {
      await threads?.update({ muted: mute ? [...others, this.id] : others });
    } catch (error) {
      const action = t(mute ? 'muteHere' : 'unmuteHere');
      failed({ what: t('actionOf', { action, name: this.name }), error });
    }
  }
}
