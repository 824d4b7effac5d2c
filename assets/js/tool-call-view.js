// @ts-check
// One call of a child's tool: who, what with, what came of it, in how long. Unfolds.

import { dataMembers, dataTree } from './data-tree.js';
import { h, icon, setText, t, tWord } from './dom.js';
import { count, stopCounting } from './ticker.js';
import { latency, lasting, withLocalTimes } from './time.js';
import { tile, toneOf } from './tones.js';
import { ToolApproval } from './tool-approval.js';

/** @type {Record<string, keyof typeof import('./icons.js').shapes>} */
const SHAPES = {
  waiting: 'suspect', running: 'streaming', done: 'replied', failed: 'failed',
  timed_out: 'timed_out', refused: 'declined',
};

const HAS_RUN = ['done', 'failed', 'timed_out'];

export class ToolCallView {
  #shown = '';
  /** @type {string | null} */
  #status = null;
  /** @type {ToolApproval | null} */
  #approval = null;
  #startedAt = 0;

  /**
   * @param {ToolCall} call
   * @param {ChildContext} context
   */
  constructor(call, context) {
    this.context = context;
    this.name = context.session.children.nameOf(call.child_id);
    this.shape = h('span.tool-shape');
    this.status = h('span.tool-status');
    this.time = h('span.tool-time');
    this.summary = h('summary', { testid: 'tool-summary' }, tile(call.child_id, this.name),
      h('span.tool-child', null, this.name), h('code.tool-name', null, call.tool),
      h('span.tool-outcome', null, this.shape, this.status, this.time), icon('more'));
    this.body = h('div.tool-body');
    this.details = h('details.tool-details', null, this.summary, this.body);
    this.element = h('div', {
      class: `tool-call tone-${toneOf(call.child_id)}`, testid: 'tool-call',
      'data-call': call.call_id,
    }, this.details);
    this.show(call);
  }

  /** @param {ToolCall} call */
  show(call) {
    const shown = JSON.stringify(call);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const before = this.#status;
    this.#status = call.status;
    this.element.dataset.status = call.status;
    this.shape.replaceChildren(icon(SHAPES[call.status] ?? 'more'));
    setText(this.status, tWord('tool_', call.status));
    this.#showTime(call, before);
    this.body.replaceChildren(...contents(call, this.name));
    this.#ask(call);
    this.#announce(call, before);
  }

  /**
   * @param {ToolCall} call
   * @param {string | null} before
   */
  #showTime(call, before) {
    if (call.status === 'running') {
      if (before !== 'running') this.#startedAt = Date.now();
      count(this.element, () => setText(this.time, lasting(Date.now() - this.#startedAt)));
      return;
    }
    stopCounting(this.element);
    setText(this.time, HAS_RUN.includes(call.status) ? latency(call.latency_ms) : '');
  }

  /** @param {ToolCall} call */
  #ask(call) {
    if (call.status === 'waiting') {
      if (this.#approval) return;
      // What it is to be called with is what one decides about.
      this.details.open = true;
      this.#approval = new ToolApproval(call, this.name, this.context);
      this.element.append(this.#approval.element);
      return;
    }
    const hadFocus = this.#approval?.hasFocus;
    this.#approval?.element.remove();
    this.#approval = null;
    // Whoever decided goes on at what becomes of it.
    if (hadFocus) this.summary.focus();
  }

  /**
   * @param {ToolCall} call
   * @param {string | null} before
   */
  #announce(call, before) {
    const values = { name: this.name, tool: call.tool };
    if (call.status === 'waiting') this.context.announce(t('toolAsks', values));
    // It may have begun and ended between two looks.
    else if (before === 'running' || (before === 'waiting' && HAS_RUN.includes(call.status))) {
      this.context.announce(t('toolEnded', { ...values, status: tWord('tool_', call.status) }));
    }
  }
}

/**
 * @param {ToolCall} call
 * @param {string} name
 */
function contents(call, name) {
  const blocks = Array.isArray(call.content) ? call.content : [];
  return [
    part(t('toolArguments'), 'tool-arguments', ...dataMembers(call.arguments)),
    call.reason
      ? part(t('factReason'), 'tool-reason', h('p', null, withLocalTimes(call.reason))) : null,
    blocks.length > 0
      ? part(t('toolResult', { name }), 'tool-result', ...blocks.map(block)) : null,
  ].filter((one) => one !== null);
}

/**
 * @param {string} title
 * @param {string} testid
 * @param {...HTMLElement} content
 */
function part(title, testid, ...content) {
  return h('section.tool-part', { testid: testid },
    h('strong', null, title), content);
}

/** @param {any} content one of MCP's blocks: the child's words, so never more than text */
function block(content) {
  if (typeof content?.text === 'string' && content.type === 'text') {
    return h('pre.tool-text', { tabIndex: 0 }, content.text);
  }
  if (typeof content?.data === 'string') {
    const kind = content.mimeType ?? content.type ?? '';
    const size = Math.ceil(content.data.length * 0.75 / 1024);
    return h('p', null, t('toolMedia', { kind, size }));
  }
  return dataTree(content);
}
