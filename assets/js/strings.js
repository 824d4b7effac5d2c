// @ts-check
// Every word the page shows, in one table. `{name}` stands for a value; `a|b` for one | many.

const table = {
  you: 'You',
  claude: 'Claude',
  demo: 'Demo assistant',
  demoTag: 'not a real model',
  demoNote: 'A demo assistant is answering: no real model, and nothing leaves this machine.',
  assistantOff: 'Assistant off',
  assistantOffHow: 'Set ANTHROPIC_API_KEY or put a key into assets/api-key.txt, then start chatd '
    + 'again. Children answer all the same.',
  skip: 'Skip to the message field',
  mentions: 'Children',
  thread: 'Conversation',
  composerLabel: 'Your message',
  composerPlaceholder: 'Write to all, or @name one',
  composerHint: 'Enter sends, Shift + Enter starts a new line',
  send: 'Send',
  stop: 'Stop answering',
  stopping: 'Stopping…',
  sizeOver: 'Too long: {used} of {limit} KiB',
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
  noteInterrupted: 'Interrupted: {why}. What had come is kept.',
  noteCut: 'chatd or the network broke off',
  noteFailed: 'No answer: {error}',
  noteFailedPlain: 'no reason was given',
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
  declined: 'declined',
  failed: 'failed',
  timed_out: 'timed out',
  crashed: 'crashed',
  skipped: 'skipped',
  late: 'late',
  factStatus: 'Outcome',
  factLatency: 'Took',
  factAttempt: 'Attempt',
  factGeneration: 'Generation',
  factReason: 'Reason',
  factData: 'Data',
  htmlOf: 'What {name} drew',
  moreOf: 'More from {name}',
  closeDetails: 'Close',
  askAgain: 'Retry',
  askingAgain: 'Asking again…',
  attempt: 'attempt {n}',
  failureWhy: '{status}: {reason}',
  dataMore: '… {n} more',
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
  childGone: '{name} was removed',
  childSkipped: '{name} answers too late and is skipped',
  childAskedAgain: '{name} is no longer skipped',
  childProblem: '{name}: its new manifest is not in use',
  askedAgain: '{name}, asked again: {status}',
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
  clean: 'Start clean',
  cleanAsk: 'Forget all that {name} has saved?',
  killAsk: 'Kill {name} at once?',
  killYes: 'Kill',
  cancel: 'Cancel',
  problemOf: 'What is wrong with the manifest of {name}',
  newerProblem: 'A newer manifest is not in use, the one before it holds:',
  circuitOpen: 'Skipped until {at} ({time}), then one message as a probe',
  circuitProbe: 'Skipped, but for the next message: that is its probe',
  circuitWhy: 'It answered five messages in a row too late. A restart ends this.',
  // Last exit
  exit: 'Last exit: {what}',
  exitAgo: 'Last exit {ago}: {what}',
  exitWhy: '{what} ({why})',
  exitCode: 'exited with code {code}',
  exitClean: 'exited by itself, without a fault',
  exitSignal: 'ended by {signal}',
  exitWatchdog: 'stopped answering and was ended',
  exitProtocol: 'broke the protocol and was ended',
  exitStartTimeout: 'did not become ready',
  exitMemory: 'used too much memory and was ended',
  exitOperator: 'ended by a person',
  exitParent: 'ended together with chatd',
  exitOther: 'ended ({cause})',
  code_78: 'its configuration is wrong',
  code_125: 'it asks not to be restarted',
  code_126: 'its command can’t be executed',
  code_127: 'its command was not found',
  signal_SIGABRT: 'it aborted itself',
  signal_SIGBUS: 'invalid memory address',
  signal_SIGFPE: 'invalid arithmetic',
  signal_SIGHUP: 'hung up from outside',
  signal_SIGILL: 'invalid instruction',
  signal_SIGINT: 'interrupted from outside',
  signal_SIGKILL: 'killed from outside',
  signal_SIGPIPE: 'it wrote to a closed pipe',
  signal_SIGSEGV: 'invalid memory access',
  signal_SIGSYS: 'forbidden system call',
  signal_SIGTERM: 'ended from outside',
  signal_SIGXCPU: 'its limit of processor time',
  signal_SIGXFSZ: 'its limit of file size',
  factRan: 'Ran for',
  factCPU: 'Processor time',
  factMemory: 'Peak memory',
  factHow: 'Left with',
  factHeld: 'Held',
  quoted: '“{text}”',
  showMessage: 'Show the message “{text}”',
  heldElsewhere: '{n} message not shown here|{n} messages not shown here',
  lastWords: 'Its last lines',
  nextStart: 'Starts again in {time}, at {at}',
  nextStarting: 'Being started again',
  nextTry: 'Next try in {time}, at {at}',
  nextNever: 'Not tried again until somebody starts it',
  nextPolicy: 'Stays down: its restart policy is at its end',
  nextPerson: 'Stays down until somebody starts it',
  thenAtOnce: 'Was started again at once',
  thenAfter: 'Was to be started again after {time}',
  thenLater: 'Was started again later',
  ago: '{time} ago',
  justNow: 'just now',
  // Logs
  logOf: 'Log of {name}',
  logEmpty: 'Nothing logged yet.',
  logFailed: 'The log can’t be read: {message}',
  logDropped: '{n} lines were dropped here|{n} lines were dropped here',
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
  return hasWord(key) ? t(key) : word.replaceAll('_', ' ');
}

/**
 * Whether the table has a key that came from outside.
 * @param {string} key
 */
export function hasWord(key) {
  return Object.hasOwn(table, key);
}
