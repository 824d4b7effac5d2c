// The shapes of contract §3–5 and the page's own classes, as its modules name them. Read by the
// type checker alone.

/** What `h()` takes. */
interface Properties {
  [listener: `on${string}`]: ((event: any) => any) | null;
  [name: string]: any;
}

interface Message {
  type: 'Message';
  id: string;
  parent: string | null;
  thread: string;
  seq: number;
  created_at: string;
  role: 'user' | 'assistant';
  content: string;
  to?: string[] | null;
  author?: string | null;
  /** What the child that posted it drew. */
  html?: string | null;
  data?: unknown;
  status: 'queued' | 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';
  error?: string | null;
  model?: string | null;
  stop_reason?: string | null;
  usage?: Usage | null;
  /** The entry from which the assistant has read. */
  context_from?: string;
}

/** Tokens, as the model's server counted them, and what they cost. */
interface Usage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cost_micro_usd?: number | null;
}

/** When an answer is asked for again that could not be given, and why. */
interface RetryOfAnswer {
  attempt: number;
  at: string;
  reason: string;
}

type ReplyStatus =
  | 'waiting' | 'streaming' | 'replied' | 'declined' | 'failed'
  | 'timed_out' | 'crashed' | 'skipped';

interface Reply {
  child_id: string;
  message_id?: string;
  status: ReplyStatus;
  reason?: string | null;
  late?: boolean;
  text?: string | null;
  html?: string | null;
  data?: unknown;
  latency_ms?: number | null;
  attempt?: number;
  generation?: number | null;
  /** When the page first heard of it, while it is open (epoch milliseconds). */
  startedAt?: number;
  /** When the page last heard of it, while its rollup is not stored (epoch milliseconds). */
  heardAt?: number;
}

interface Rollup {
  type: 'Rollup';
  id: string;
  parent: string | null;
  thread: string;
  seq: number;
  created_at: string;
  original_message_id: string;
  child_responses: Reply[];
}

interface ToolRound {
  type: 'ToolRound';
  id: string;
  parent: string | null;
  thread: string;
  seq: number;
  created_at: string;
  original_message_id: string;
  calls: ToolCall[];
}

interface ToolCall {
  call_id: string;
  child_id: string;
  tool: string;
  arguments: unknown;
  status: 'waiting' | 'running' | 'done' | 'failed' | 'timed_out' | 'refused';
  reason?: string | null;
  /** MCP's content blocks. */
  content: unknown[];
  latency_ms?: number | null;
}

type Entry = Message | Rollup | ToolRound;

interface LastExit {
  cause: string;
  code?: number | null;
  signal?: string | null;
  at?: string | null;
  reason?: string | null;
  uptime_ms?: number | null;
  stderr_tail?: string[] | null;
  cpu_ms?: number | null;
  peak_memory_bytes?: number | null;
  /** The ids of the messages it held. */
  held?: string[];
  /** The state it went on to: `starting`, `backing_off`, `parked` or `stopped`. */
  next?: string;
  next_start_at?: string | null;
}

interface ChildStatus {
  actor_id: string;
  manifest_name?: string;
  name?: string;
  description?: string;
  version?: string;
  state: string;
  since?: string | null;
  pid?: number | null;
  generation?: number | null;
  restarts?: number | null;
  next_start_at?: string | null;
  last_exit?: LastExit | null;
  in_flight?: number;
  wanted?: 'up' | 'down';
  /** What is wrong with its manifest, or with a newer one than that it runs by. */
  problem?: string | null;
  /** It answered too late too often, and is skipped until then. */
  circuit_open_until?: string | null;
  /** When it failed lately, and how many failures in the period are borne. */
  failures?: { at: string[]; most: number; period_ms: number } | null;
  /** How much it has saved; 0: nothing. */
  state_bytes?: number;
}

/** What the views of children and of their replies need to act. */
interface ChildContext {
  session: Session;
  threads: Threads;
  failed: (failure: { what?: string; error?: any }) => void;
  announce: (text: string) => void;
  /** Brings a message of the thread into view. */
  showMessage: (id: string) => void;
}

/** What a message's view, and the thread's, need besides. */
interface ThreadContext extends ChildContext {
  isDemo: (model?: string | null) => boolean;
  hasAssistant: () => boolean;
  /** Brings a message into view, and its way to the branches before (-1) or behind (1) it. */
  showBranch: (id: string, by: number) => void;
  address: (childId: string) => void;
}

/** Where a message stands among those that could stand in its place. */
interface Branch {
  ids: string[];
  at: number;
}

interface LogLine {
  at: string;
  stream: string;
  generation?: number;
  text: string;
}

interface Assistant {
  enabled: boolean;
  kind?: string;
  model?: string | null;
  reason?: string | null;
}

interface ThreadInfo {
  id: string;
  title: string | null;
  created_at: string;
  head: string | null;
  model: string | null;
  system: string | null;
  max_tokens: number | null;
  max_tool_rounds: number | null;
  muted: string[];
  read_seq: number;
  /** The latest change of an entry in it. */
  last_seq?: number | null;
  deleted_at: string | null;
  seq: number;
}

/** Entries that could stand in one another's place: all behind the same parent. */
interface Fork {
  parent: string | null;
  entries: string[];
}

interface Subscribed {
  epoch: string;
  seq: number;
  resumed: boolean;
  children?: ChildStatus[];
  streaming?: { message_id: string; text: string; retry?: RetryOfAnswer }[];
  rollups?: { message_id: string; elapsed_ms: number; child_responses: Reply[] }[];
  threads?: ThreadInfo[];
  /** Whose messages these are. */
  thread?: string;
  messages?: Entry[];
  queued?: Message[];
  forks?: Fork[];
}

/** What a person has sent and the server has not yet acknowledged. */
interface OutboxItem {
  id: string;
  thread: string;
  content: string;
  /** The message in whose place it stands, as a branch. */
  beside?: string;
  at: string;
  state: 'waiting' | 'sent' | 'refused';
  error?: string;
}

// The page's classes, so that a comment can name one without an import.
type ChildrenModel = import('./children-model.js').ChildrenModel;
type Outbox = import('./outbox.js').Outbox;
type Path = import('./path.js').Path;
type Session = import('./session.js').Session;
type CommandError = import('./socket.js').CommandError;
type Socket = import('./socket.js').Socket;
type Threads = import('./threads.js').Threads;
type ThreadModel = import('./thread-model.js').ThreadModel;
