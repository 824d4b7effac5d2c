// @ts-check
// Every word the page shows, in one table. `{name}` stands for a value; `a|b` for one | many.

const table = {
  you: 'You',
  claude: 'Claude',
  demo: 'Demo assistant',
  demoTag: 'not a real model',
  demoNote: 'A demo assistant is answering: no real model, and nothing leaves this machine.',
  assistantOff: 'The assistant is off',
  assistantOffHow: 'Set ANTHROPIC_API_KEY or put a key into assets/api-key.txt, then start chatd again. '
    + 'Children answer all the same.',
  thread: 'Conversation',
  composerLabel: 'Your message',
  composerPlaceholder: 'Write to everyone who is running, or @name one of them',
  composerHint: 'Enter sends, Shift + Enter starts a new line',
  send: 'Send',
  stop: 'Stop answering',
  stopping: 'Stopping…',
  sizeOver: 'Too long: {used} of {limit} KiB',
  sizeNear: '{used} of {limit} KiB',
  copy: 'Copy',
  copied: 'Copied',
  copyMessage: 'Copy this message',
  copyCode: 'Copy this code',
  earlier: 'Show earlier messages',
  newBelow: '{n} new|{n} new',
  toBottom: 'To the end',
  today: 'Today',
  yesterday: 'Yesterday',
  tableLabel: 'Table',
  // Messages
  queued: 'Queued: its turn comes after the one that runs',
  thinking: 'Thinking',
  noteStopped: 'Stopped. What had come is kept.',
  noteInterrupted: 'Interrupted: chatd or the network broke off. What had come is kept.',
  noteFailed: 'No answer: {error}',
  noteFailedPlain: 'No answer came.',
  noteTokens: 'Cut off at the token limit.',
  noteRefusal: 'The model declined to go on.',
  outboxWaiting: 'Waiting for a connection',
  outboxSent: 'Sent, not yet stored',
  outboxRefused: 'Not sent: {error}',
  retry: 'Try again',
  discard: 'Discard',
  // Rollups
  rollup: 'Replies of the children',
  waiting: 'waiting',
  streaming: 'answering',
  replied: 'replied',
  declined: 'nothing to say',
  failed: 'failed',
  timed_out: 'timed out',
  crashed: 'crashed',
  skipped: 'skipped',
  late: 'late',
  quiet: '+{n} with nothing to say',
  statusOf: '{name}: {status}',
  factStatus: 'Outcome',
  factLatency: 'Took',
  factAttempt: 'Attempt',
  factGeneration: 'Generation',
  factReason: 'Reason',
  factData: 'Data',
  htmlOf: 'What {name} drew',
  closeDetails: 'Close',
  noText: 'No text.',
  dataMore: '… {n} more',
  tools: 'Tools',
  tool_waiting: 'waits for your word',
  tool_running: 'running',
  tool_done: 'done',
  tool_failed: 'failed',
  tool_timed_out: 'timed out',
  tool_refused: 'refused',
  // Empty state
  emptyTitle: 'A chat in which programs take part',
  emptyLead: 'Write something. Every running child hears it and may answer; '
    + 'then the assistant reads all of it and replies.',
  emptyChildren: 'Listening now. Choose one to write to it alone.',
  emptyNobody: 'No child is running yet. Start one in the Children panel.',
  // Connection
  connecting: 'Connecting…',
  offline: 'This device is offline. What you write is kept and goes out once.',
  reconnecting: 'Connection lost. Trying again…',
  reconnectingIn: 'Connection lost. Next try in {n} s',
  tryNow: 'Try now',
  lostSaid: 'Connection lost',
  backSaid: 'Connected again',
  commandFailed: '{what}: {message}',
  dismiss: 'Dismiss',
  noConnection: 'not connected to chatd',
  // Announcements
  answerStarted: '{who} is answering',
  answerComplete: '{who} answered: {text}',
  answerStopped: 'Answer stopped',
  answerFailed: 'The answer failed',
  childNow: '{name}: {state}',
  // Children
  children: 'Children',
  childrenReady: '{ready} of {all} ready',
  showChildren: 'Show children',
  closePanel: 'Close',
  noChildren: 'No children were found. Put one into the children folder.',
  state_ready: 'Ready',
  state_starting: 'Starting…',
  state_suspect: 'Not answering',
  state_stopping: 'Stopping…',
  state_stopped: 'Stopped',
  state_backing_off: 'Restarting soon',
  state_backing_off_in: 'Restarting in {time}',
  state_parked: 'Parked',
  state_parked_in: 'Parked, next try in {time}',
  state_invalid: 'Invalid manifest',
  factUp: 'up {time}',
  factSince: 'for {time}',
  factPid: 'pid {n}',
  factGen: 'generation {n}',
  factRestarts: '{n} restart|{n} restarts',
  factInFlight: '{n} in flight',
  start: 'Start',
  startNow: 'Start now',
  restart: 'Restart',
  stopChild: 'Stop',
  kill: 'Kill',
  log: 'Log',
  doing_start: 'Starting…',
  doing_stop: 'Stopping…',
  doing_restart: 'Restarting…',
  doing_kill: 'Killing…',
  actionOf: '{action} {name}',
  killAsk: 'Kill {name} at once?',
  killYes: 'Kill',
  cancel: 'Cancel',
  lastWords: 'Last lines of its standard error',
  // Last exit
  exitCode: 'Exited with code {code}',
  exitClean: 'Exited by itself, without a fault',
  exitSignal: 'Ended by {signal}',
  exitWatchdog: 'Stopped answering and was ended',
  exitProtocol: 'Broke the protocol and was ended',
  exitStartTimeout: 'Was not ready in time',
  exitMemory: 'Used too much memory',
  exitOperator: 'Ended by a person',
  exitParent: 'Ended together with chatd',
  exitOther: 'Ended ({cause})',
  exitAfter: '{what} after {time}, {ago}',
  exitAgo: '{what}, {ago}',
  ago: '{time} ago',
  justNow: 'just now',
  // Logs
  logOf: 'Log of {name}',
  logEmpty: 'Nothing logged yet.',
  logFailed: 'The log can’t be read: {message}',
  logDropped: '{n} lines were dropped here|{n} lines were dropped here',
  logEnd: 'Follow the end',
  // Theme
  themeTo: 'Theme: {now}. Change to {next}',
  theme_auto: 'as the system',
  theme_light: 'light',
  theme_dark: 'dark',
};

/**
 * The text of a key, with its values filled in. `n` chooses between one and many.
 * @param {keyof typeof table} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const [one, many] = table[key].split('|');
  const text = many !== undefined && values.n !== 1 ? many : one;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * The text of a key that came from outside, or the word itself where the table lacks it.
 * @param {string} prefix
 * @param {string} word
 */
export function tWord(prefix, word) {
  const key = /** @type {keyof typeof table} */ (prefix + word);
  return Object.hasOwn(table, key) ? t(key) : word.replaceAll('_', ' ');
}
