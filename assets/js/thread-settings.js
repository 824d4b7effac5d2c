// @ts-check
// How one thread is set up: its model, its system prompt, its limits, who hears it; and what has
// been remembered about tools, everywhere.

import { ask } from './ask.js';
import { openDialog } from './dialog.js';
import { h, setText, t, tWord } from './dom.js';
import { tile } from './tones.js';

/**
 * @param {ChildContext} context
 * @param {string} id
 */
export async function showSettings(context, id) {
  const { threads, session: { children } } = context;
  const thread = threads.get(id);
  if (!thread) return;
  const models = h('datalist', { id: 'models' });
  const modelNote = h('p.field-note', { id: 'model-note', role: 'status' });
  const model = h('input', {
    type: 'text', value: thread.model ?? '', 'aria-describedby': 'model-note',
    placeholder: t('asConfigured'), name: 'model', 'aria-errormessage': 'refusal',
  });
  // As a property it can only be read.
  model.setAttribute('list', models.id);
  const system = h('textarea', {
    value: thread.system ?? '', rows: 4, dir: 'auto', placeholder: t('asConfigured'),
    name: 'system', 'aria-errormessage': 'refusal',
  });
  const number = (/** @type {string} */ name, /** @type {number | null} */ value,
    /** @type {number} */ min, /** @type {number} */ max) => h('input', {
    type: 'number', name, min, max, value: value ?? '', placeholder: t('asConfigured'),
    'aria-errormessage': 'refusal',
  });
  const tokens = number('max_tokens', thread.max_tokens, 1, 10_000_000);
  const rounds = number('max_tool_rounds', thread.max_tool_rounds, 0, 100);
  const known = children.list.filter((child) => child.state !== 'invalid');
  const ears = known.map((child) => [child, h('input', {
    type: 'checkbox', defaultChecked: !thread.muted.includes(child.actor_id),
  })]);
  const tools = h('div.remembered');
  const form = h(
    'form.dialog-form', { noValidate: true, onsubmit: save },
    labelled('model', model, models), modelNote, labelled('system', system),
    h('div.field-pair', null, labelled('maxTokens', tokens), labelled('maxRounds', rounds)),
    h('fieldset', null, h('legend', null, t('whoHears')), ears.map(([child, box]) => h(
      'label.check', null, box, tile(child.actor_id, child.name || child.actor_id),
      child.name || child.actor_id))),
    tools,
    h('div.dialog-foot', null,
      h('p.refusal', { id: 'refusal', role: 'alert', testid: 'refusal' }),
      h('button', { type: 'submit', class: 'small primary' }, t('save'))),
  );
  const dialog = openDialog(t('settingsOf', { name: threads.nameOf(id) }), { content: [form] });
  fillModels(models, modelNote);
  fillTools(tools, context);

  /** @param {Event} event */
  async function save(event) {
    event.preventDefault();
    const wrong = [tokens, rounds].find((field) => !field.checkValidity());
    refuse(form, wrong, wrong ? limitWords(wrong) : '');
    if (wrong) return;
    const whole = (/** @type {any} */ { value }) => (value === '' ? null : Number(value));
    const fields = changed({
      model: model.value.trim() || null, system: system.value.trim() || null,
      max_tokens: whole(tokens), max_tool_rounds: whole(rounds),
    }, thread);
    const muted = mutedThen(ears, threads.get(id)?.muted);
    if (muted) fields.muted = muted;
    try {
      await threads.update(fields, id);
      dialog.close();
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      // chatd's words begin with the name of the field that they are about.
      const about = [model, system].find(({ name }) => message.startsWith(`${name}: `));
      refuse(form, about, message);
    }
  }
}

/**
 * Names at a field why it is refused; where it is none, at the foot.
 * @param {any} form
 * @param {any} wrong the field that is refused, if it is one
 * @param {string} words
 */
function refuse(form, wrong, words) {
  const refusal = form.querySelector('.refusal');
  for (const field of form.querySelectorAll('[aria-errormessage]')) {
    field.ariaInvalid = String(field === wrong);
  }
  if (wrong) wrong.closest('form > *').after(refusal);
  else form.querySelector('.dialog-foot').prepend(refusal);
  wrong?.focus();
  setText(refusal, words);
}

/**
 * @param {any[][]} ears each child with its box
 * @param {string[]} [now] who is muted now: what another tab turned stays so
 * @returns {string[] | null} null: none was turned here
 */
function mutedThen(ears, now) {
  const turned = ears.filter(([, box]) => box.checked !== box.defaultChecked);
  const muted = new Set(now);
  for (const [{ actor_id: id }, box] of turned) {
    if (box.checked) muted.delete(id);
    else muted.add(id);
  }
  return turned.length > 0 ? [...muted] : null;
}

/**
 * What another tab set meanwhile stays, but for what was changed here.
 * @param {Record<string, any>} fields
 * @param {any} before the thread
 */
function changed(fields, before) {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => (
    JSON.stringify(value) !== JSON.stringify(before[name] ?? null)
  )));
}

/** @param {HTMLInputElement} field whose value is no number that it takes */
function limitWords({ name, min, max }) {
  return t('limitWrong', { name: t(name === 'max_tokens' ? 'maxTokens' : 'maxRounds'), min, max });
}

/**
 * @param {any} key
 * @param {...HTMLElement} content
 */
function labelled(key, ...content) {
  return h('label.field', null, h('span', null, t(key)), content);
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} note
 */
async function fillModels(list, note) {
  try {
    const { models, default: usual } = await ask('/api/models');
    list.replaceChildren(...models.map((/** @type {any} */ { id, name }) => (
      h('option', { value: id }, name ?? '')
    )));
    const off = `${t('assistantOff')}. ${t('assistantOffHow')}`;
    setText(note, usual ? t('modelUsual', { model: usual }) : off);
  } catch (error) {
    setText(note, t('modelsFailed', { message: /** @type {Error} */ (error).message }));
  }
}

/**
 * @param {HTMLElement} place
 * @param {ChildContext} context
 */
async function fillTools(place, context) {
  const { session: { children }, failed } = context;
  try {
    const { tools } = await ask('/api/tools');
    const known = tools.filter((/** @type {any} */ tool) => tool.remembered);
    place.replaceChildren(...(known.length > 0 ? [h('h3', null, t('remembered'))] : []),
      ...known.map((/** @type {any} */ tool) => {
        const name = t('toolOf', { tool: tool.name, name: children.nameOf(tool.child_id) });
        const word = h('em', null, tWord('approve_', tool.approve));
        return h('p', null, h('span', null, name, ' ', word),
          h('button.small', {
            onclick: () => forget(tool),
            label: t('actionOf', { action: t('forget'), name }),
          }, t('forget')));
      }));
  } catch (error) {
    failed({ what: t('remembered'), error });
  }

  /** @param {any} tool */
  async function forget({ child_id, name: tool }) {
    try {
      const body = JSON.stringify({ child_id, tool });
      await ask('/api/tools/forget', { method: 'POST', body });
    } catch (error) {
      failed({ what: t('forget'), error });
    }
    await fillTools(place, context);
    // The button that was pressed is gone.
    const next = place.querySelector('button') ?? place.closest('form')?.querySelector('.primary');
    /** @type {HTMLElement | null | undefined} */ (next)?.focus();
  }
}
