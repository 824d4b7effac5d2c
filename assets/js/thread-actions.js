// @ts-check
// What a person does with a thread: begin, rename, set up, export, import, delete and take back.

import { ask } from './ask.js';
import { openDialog } from './dialog.js';
import { h, t } from './dom.js';
import { address } from './route.js';
import { showSettings } from './thread-settings.js';

export class ThreadActions {
  /** @param {ChildContext & {notice: (notice: any) => void, write: () => void}} context */
  constructor(context) {
    this.threads = context.threads;
    this.context = context;
  }

  /** @param {string} id @returns {import('./menu.js').Choice[]} */
  choices(id) {
    const choices = [
      { word: t('rename'), act: () => this.#rename(id) },
      { word: t('settings'), act: () => showSettings(this.context, id) },
      { word: t('export'), act: () => this.#export(id) },
    ];
    if (id === 'main') return choices;
    return [...choices, { word: t('remove'), danger: true, act: () => this.#remove(id) }];
  }

  async begin() {
    await this.#try('newThread', async () => {
      const id = await this.threads.create();
      // Behind the page's own listener, which may give the focus back to what opened the list.
      addEventListener('hashchange', () => this.context.write(), { once: true });
      this.#go(id);
    });
  }

  /** @param {string} id */
  #go(id) {
    location.hash = address(id);
  }

  /** @param {string} id */
  #rename(id) {
    const { title } = this.threads.get(id) ?? {};
    const field = h('input', {
      type: 'text', value: title ?? '', maxLength: 200, dir: 'auto', autofocus: true,
      label: t('titleLabel'), placeholder: this.threads.nameOf(id),
    });
    const dialog = openDialog(t('rename'), {
      class: 'narrow',
      content: [h('form.dialog-form', {
        onsubmit: async (event) => {
          event.preventDefault();
          const words = field.value.trim();
          dialog.close();
          await this.#try('rename', () => this.threads.update({ title: words || null }, id));
        },
      }, field, h('button', { type: 'submit', class: 'small primary' }, t('save')))],
    });
    field.select();
  }

  /** @param {string} id */
  async #remove(id) {
    const name = this.threads.nameOf(id);
    const isShown = this.threads.shown.name === id;
    // The row goes with the focus in it: that goes on in the list.
    const row = document.activeElement?.closest('.thread-row');
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    await this.#try('remove', async () => {
      await this.threads.remove(id);
      next?.querySelector('a')?.focus();
      // Of the one that is shown every tab says so by itself.
      if (!isShown) this.gone({ id, name });
    });
  }

  /**
   * Says that a thread is deleted.
   * @param {{id: string, name: string}} thread without a name it can't be taken back from here
   */
  gone({ id, name }) {
    if (name === '') return this.context.notice({ message: t('threadGone') });
    this.context.notice({
      message: t('removed', { name }), action: t('undo'),
      act: () => this.#try('undo', async () => {
        await this.threads.update({ deleted_at: null }, id);
        this.#go(id);
      }),
    });
  }

  /** @param {string} id */
  #export(id) {
    // chatd names the file.
    h('a', { href: `/api/export?thread=${encodeURIComponent(id)}`, download: '' }).click();
  }

  /** Lets the person choose a file and takes the thread in that is in it. */
  import() {
    const field = h('input', {
      type: 'file', accept: '.json,application/json',
      onchange: () => field.files[0] && this.#take(field.files[0]),
    });
    field.click();
  }

  /** @param {File} file */
  async #take(file) {
    await this.#try('import', async () => {
      const { thread, added, present } = await ask('/api/import', { method: 'POST', body: file });
      this.threads.take([thread]);
      this.#go(thread.id);
      this.context.notice({ message: t('imported', { n: added, present }) });
    });
  }

  /**
   * @param {any} what the key of its name
   * @param {() => Promise<unknown>} act
   */
  async #try(what, act) {
    try {
      await act();
    } catch (error) {
      this.context.failed({ what: t(what), error });
    }
  }
}
