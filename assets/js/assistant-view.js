// @ts-check
// Who answers here: the model, the demo that says it is one, or nobody and how to change that.

import { setText } from './dom.js';
import { t } from './strings.js';

export class AssistantView {
  /** @type {Assistant | null} */
  #assistant = null;

  /** @param {{badge: HTMLElement, note: HTMLElement}} elements */
  constructor(elements) {
    this.elements = elements;
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
    const { badge, note } = this.elements;
    const isDemo = assistant.kind === 'demo';
    badge.hidden = false;
    badge.dataset.kind = assistant.enabled ? assistant.kind ?? 'claude' : 'off';
    if (!assistant.enabled) setText(badge, t('assistantOff'));
    else setText(badge, isDemo ? t('demo') : assistant.model || t('claude'));
    const text = isDemo ? t('demoNote') : assistant.reason || t('assistantOffHow');
    note.hidden = assistant.enabled && !isDemo;
    note.dataset.kind = badge.dataset.kind;
    setText(note, text);
  }
}
