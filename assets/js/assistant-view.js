// @ts-check
// Who answers here: the model, the demo that says it is one, or nobody and how to change that.

import { setText, t } from './dom.js';

export class AssistantView {
  /** @type {Assistant | null} */
  #assistant = null;

  /**
   * @param {{badge: HTMLElement, note: HTMLElement}} elements
   * @param {Threads} threads
   */
  constructor(elements, threads) {
    this.elements = elements;
    this.threads = threads;
    threads.on('change', () => this.#draw());
  }

  get isOn() {
    return this.#assistant?.enabled === true;
  }

  /** @param {string | null} [model] of the message in question */
  isDemo(model) {
    return model ? /^demo\b/.test(model) : this.#assistant?.kind === 'demo';
  }

  /** @param {string | null} [model] */
  nameOf(model) {
    return this.isDemo(model) ? t('demo') : t('claude');
  }

  /** @param {Assistant | undefined} assistant */
  show(assistant) {
    if (!assistant) return;
    this.#assistant = assistant;
    this.#draw();
  }

  #draw() {
    const assistant = this.#assistant;
    if (!assistant) return;
    const { badge, note } = this.elements;
    const isDemo = assistant.kind === 'demo';
    badge.hidden = false;
    badge.dataset.kind = assistant.enabled ? assistant.kind ?? 'claude' : 'off';
    const model = this.threads.current?.model || assistant.model || t('claude');
    if (!assistant.enabled) setText(badge, t('assistantOff'));
    else setText(badge, isDemo ? t('demo') : model);
    const text = isDemo ? t('demoNote') : assistant.reason || t('assistantOffHow');
    note.hidden = assistant.enabled && !isDemo;
    note.dataset.kind = badge.dataset.kind;
    setText(note, text);
  }
}
