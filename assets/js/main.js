// @ts-check
// Builds the page from its parts and connects them.

import { Announcer } from './announcer.js';
import { AssistantView } from './assistant-view.js';
import { ChildrenModel } from './children-model.js';
import { ChildrenView } from './children-view.js';
import { Composer } from './composer.js';
import { ConnectionView } from './connection-view.js';
import { h, icon } from './dom.js';
import { FailuresView } from './failures-view.js';
import { Follow } from './follow.js';
import { Outbox } from './outbox.js';
import { Panel } from './panel.js';
import { Session } from './session.js';
import { Socket } from './socket.js';
import { fillText } from './static-text.js';
import { t } from './strings.js';
import { themeButton } from './theme.js';
import { ThreadModel } from './thread-model.js';
import { ThreadView } from './thread-view.js';
import { assignTones } from './tones.js';
import { UsageView } from './usage-view.js';

const PAGE = 100;

fillText(document);

/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);

const address = new URL('/ws', location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const socket = new Socket(address.href);
const thread = new ThreadModel('main');
const children = new ChildrenModel();
// Before any view draws a child, each has its colour.
children.on('change', () => assignTones(children.list.map((child) => child.actor_id)));
const session = new Session(socket, thread, children);
const outbox = new Outbox(socket);
const announcer = new Announcer(at('status'));
const announce = (/** @type {string} */ text) => announcer.say(text);
const failures = new FailuresView(at('failures'));
const failed = (/** @type {any} */ failure) => failures.show(failure);
const assistant = new AssistantView({ badge: at('assistant'), note: at('assistant-note') });

const follow = new Follow(at('scroller'), at('thread'));
at('dock').prepend(follow.button);
const composer = new Composer(at('composer'), children, (content) => {
  outbox.add(content);
  follow.toEnd();
});
const context = { session, failed, announce, showMessage };
const threadView = new ThreadView(at('thread'), thread, outbox, {
  ...context,
  isDemo: (model) => assistant.isDemo(model),
  showEarlier,
  address: (id) => composer.address(id),
});
new ChildrenView(
  { list: at('children-list'), summaries: [at('children-summary'), at('children-count')] },
  context,
);
new ConnectionView(at('connection'), session, announce);
const panel = new Panel({
  panel: at('panel'), opener: at('open-panel'), closer: at('close-panel'), backdrop: at('backdrop'),
  rest: [at('bar'), at('main')],
});
new UsageView(at('thread-usage'), session);
themeButton(at('theme'));
fillStopButton();
announcer.follow(thread, (model) => assistant.nameOf(model));

session.on('hello', (hello) => assistant.show(hello.assistant));
session.on('failure', (error) => failed({ error }));
session.on('live', () => {
  threadView.loaded();
  outbox.flush();
});
outbox.on('stored', (messages) => thread.apply(messages));
thread.on('arrived', (entries) => {
  follow.arrived(entries.filter((/** @type {any} */ entry) => entry.type === 'Message').length);
});
socket.start();

/** @param {string} id of a message that the thread shows */
function showMessage(id) {
  panel.close();
  threadView.show(id);
}

/** Asks for the entries before the oldest one that is shown. */
async function showEarlier() {
  try {
    const before = thread.path.list[0]?.id;
    const answer = await socket.command('get_messages', { before, limit: PAGE });
    thread.prepend(answer.messages ?? []);
    follow.keepPlace(() => threadView.drawNow());
  } catch (error) {
    failed({ what: t('earlier'), error });
  }
}

/** One place to stop an answer, there as long as one is being written. */
function fillStopButton() {
  const button = at('stop');
  const word = h('span', null, t('stop'));
  button.append(icon('stopped'), word);
  let asked = '';
  const draw = () => {
    const id = thread.underWay;
    button.hidden = id === '';
    button.disabled = asked !== '' && asked === id;
    word.textContent = button.disabled ? t('stopping') : t('stop');
  };
  for (const name of ['order', 'entry']) thread.on(name, draw);
  button.addEventListener('click', async () => {
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
