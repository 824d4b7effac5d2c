// @ts-check
// Builds the page from its parts and connects them.

import { Announcer } from './announcer.js';
import { AssistantView } from './assistant-view.js';
import { ChildrenModel } from './children-model.js';
import { ChildrenView } from './children-view.js';
import { Composer } from './composer.js';
import { ConnectionView } from './connection-view.js';
import { h, icon, leave } from './dom.js';
import './drop-guard.js';
import { Follow } from './follow.js';
import { Keys } from './keys.js';
import { later, loadLater } from './later.js';
import { NoticesView } from './notices-view.js';
import { Outbox } from './outbox.js';
import { Panel } from './panel.js';
import { markRead } from './reading.js';
import { Route } from './route.js';
import { Session } from './session.js';
import { Socket } from './socket.js';
import { fillText } from './static-text.js';
import { t } from './strings.js';
import { themeButton } from './theme.js';
import { ThreadModel } from './thread-model.js';
import { ThreadView } from './thread-view.js';
import { Threads } from './threads.js';
import { ThreadsView } from './threads-view.js';
import { assignTones } from './tones.js';
import { UsageView } from './usage-view.js';

fillText(document);

/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);

const address = new URL('/ws', location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const route = new Route();
const socket = new Socket(address.href);
const thread = new ThreadModel(route.now.thread);
const threads = new Threads(socket, thread);
const children = new ChildrenModel();
// Before any view draws a child, each has its colour.
children.on('change', () => assignTones(children.list.map((child) => child.actor_id)));
const session = new Session(socket, thread, threads, children);
const outbox = new Outbox(socket);
const announcer = new Announcer(at('status'));
const announce = (/** @type {string} */ text) => announcer.say(text);
const notices = new NoticesView(at('notices'));
const failed = (/** @type {any} */ failure) => notices.failed(failure);
const assistant = new AssistantView(
  { badge: at('assistant'), note: at('assistant-note') }, threads,
);
/** @type {ThreadContext} */
const context = {
  session, threads, failed, announce, showMessage, showBranch,
  isDemo: (model) => assistant.isDemo(model),
  hasAssistant: () => assistant.isOn,
  address: (id) => composer.address(id),
};

const threadView = new ThreadView(at('thread'), at('scroller'), outbox, context);
const follow = new Follow(at('scroller'), at('thread'), threadView.window);
at('dock').prepend(follow.button);
const composer = new Composer(at('composer'), session, (content) => {
  outbox.add({ thread: thread.name, content });
});
outbox.on('added', () => follow.toEnd());
new ChildrenView(
  { list: at('children-list'), summaries: [at('children-summary'), at('children-count')] },
  context,
);
new ConnectionView(at('connection'), session, announce);
const write = () => at('composer-text').focus();
const actions = async () => new (await later.actions()).ThreadActions({
  ...context, write, notice: (notice) => { notices.notice(notice); announce(notice.message); },
});
new ThreadsView({
  list: at('threads-list'), title: at('thread-title'), menu: at('thread-menu'),
  opener: at('open-threads'),
}, threads, actions, failed);
const threadsPanel = new Panel('threads', '(max-width: 75rem)', {
  panel: at('threads'), opener: at('open-threads'), closer: at('close-threads'),
  backdrop: at('backdrop'), rest: [at('bar'), at('main'), at('panel')],
});
const childrenPanel = new Panel('children', '(max-width: 60rem)', {
  panel: at('panel'), opener: at('open-panel'), closer: at('close-panel'),
  backdrop: at('backdrop'), rest: [at('bar'), at('main')],
});
new UsageView(at('thread-usage'), session);
themeButton(at('theme'));
fillStopButton();
announcer.follow(thread, (model) => assistant.nameOf(model), (id) => children.nameOf(id));
markRead(session, follow);

/** @param {Parameters<typeof t>[0]} what @param {() => any} act */
const tried = (what, act) => async () => {
  try {
    await act();
  } catch (error) {
    failed({ what: t(what), error });
  }
};
const search = tried('search', async () => (await later.search()).showSearch(context));
const begin = tried('newThread', async () => (await actions()).begin());
const showKeys = tried('shortcuts', async () => (await later.shortcuts()).showShortcuts(keys));
const keys = new Keys([
  { keys: 'Ctrl+k', word: 'keySearch', act: search },
  { keys: '/', word: 'keyWrite', act: write },
  { keys: 'n', word: 'newThread', act: begin },
  { keys: 'j', word: 'keyNext', act: () => threadView.step(1) },
  { keys: 'k', word: 'keyPrevious', act: () => threadView.step(-1) },
  { keys: 'e', word: 'keyEnd', act: () => follow.toEnd() },
  { keys: 's', word: 'keyStop', act: () => at('stop').click() },
  { keys: 't', word: 'keyThreads', act: () => threadsPanel.toggle() },
  { keys: 'c', word: 'keyChildren', act: () => childrenPanel.toggle() },
  { keys: '?', word: 'keyKeys', act: showKeys },
]);
for (const [id, shape, act] of /** @type {[string, any, () => void][]} */ ([
  ['open-threads', 'threads', () => {}], ['new-thread', 'add', begin],
  ['open-search', 'search', search], ['open-keys', 'keys', showKeys],
])) {
  at(id).append(icon(shape));
  at(id).addEventListener('click', act);
}
at('import').addEventListener('click', tried('import', async () => (await actions()).import()));

session.on('hello', (hello) => assistant.show(hello.assistant));
session.on('failure', (error) => failed({ error }));
session.on('gone', async (gone) => (await actions()).gone(gone));
session.on('live', () => {
  threadView.loaded();
  outbox.flush();
  route.replace(thread.name);
  showEntry();
  loadLater();
});
outbox.on('stored', (messages) => {
  thread.apply(messages);
  announce(t('sentSaid'));
});
outbox.on('unsent', ({ state, error }) => {
  announce(t(state === 'waiting' ? 'outboxWaiting' : 'outboxRefused', { error }));
});
thread.on('arrived', (entries) => {
  follow.arrived(entries.filter((/** @type {any} */ entry) => entry.type === 'Message').length);
});
thread.on('opened', () => follow.toEnd());
route.on('change', () => {
  threadsPanel.close();
  shownEntry = '';
  if (route.now.thread === thread.name) showEntry();
  else session.open(route.now.thread);
});
socket.start();

/** Leads to the entry that the address names, once. */
let shownEntry = '';
async function showEntry() {
  const { entry } = route.now;
  if (session.phase !== 'live' || location.hash === shownEntry) return;
  shownEntry = location.hash;
  if (entry === '') return;
  // On another branch: the thread is led there, for everybody.
  try {
    if (!(await threadView.show(entry))) {
      await threads.lead(entry);
      await threadView.show(entry);
    }
    follow.stay();
  } catch (error) {
    failed({ what: t('searchJump'), error });
  }
}

/** @param {string} id of a message that the thread shows */
async function showMessage(id) {
  childrenPanel.close();
  if (await threadView.show(id)) follow.stay();
}

/**
 * @param {string} id
 * @param {number} by
 */
function showBranch(id, by) {
  threadView.showBranch(id, by);
}

/** One place to stop an answer, there as long as one is being written. */
function fillStopButton() {
  const button = at('stop');
  const word = h('span', null, t('stop'));
  button.append(icon('stopped'), word);
  let asked = '';
  const draw = () => {
    const id = thread.underWay;
    if (id === '') leave(button);
    button.hidden = id === '';
    // Not really disabled while it waits, so that whoever pressed it keeps their place.
    const isAsked = asked !== '' && asked === id;
    button.ariaDisabled = String(isAsked);
    word.textContent = isAsked ? t('stopping') : t('stop');
  };
  for (const name of ['order', 'entry']) thread.on(name, draw);
  button.addEventListener('click', async () => {
    // Its key can be pressed at any time.
    if (asked !== '' || thread.underWay === '') return;
    asked = thread.underWay;
    draw();
    try {
      const answer = await socket.command('stop_generation', { message_id: asked });
      thread.apply(answer.messages ?? []);
    } catch (error) {
      failed({ what: t('stop'), error });
    }
    asked = '';
    draw();
  });
  draw();
}
