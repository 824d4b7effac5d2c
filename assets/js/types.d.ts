// The shapes of contract §3–5, as the page's modules name them. Read by the type checker alone.

export interface Message {
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
  status: 'queued' | 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';
  error?: unknown;
  model?: string | null;
  stop_reason?: string | null;
}

export type ReplyStatus =
  | 'waiting' | 'streaming' | 'replied' | 'declined' | 'failed'
  | 'timed_out' | 'crashed' | 'skipped';

export interface Reply {
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
}

export interface Rollup {
  type: 'Rollup';
  id: string;
  parent: string | null;
  thread: string;
  seq: number;
  created_at: string;
  original_message_id: string;
  child_responses: Reply[];
}

export interface ToolCall {
  call_id: string;
  child_id: string;
  tool: string;
  arguments: unknown;
  status: string;
  reason?: string | null;
  content?: unknown;
  latency_ms?: number | null;
}

export interface ToolRound {
  type: 'ToolRound';
  id: string;
  parent: string | null;
  thread: string;
  seq: number;
  created_at: string;
  original_message_id: string;
  calls: ToolCall[];
}

export type Entry = Message | Rollup | ToolRound;

export interface LastExit {
  cause: string;
  code?: number | null;
  signal?: string | null;
  at?: string | null;
  uptime_ms?: number | null;
  stderr_tail?: string[] | null;
}

export interface ChildStatus {
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
  problem?: unknown;
}

export interface LogLine {
  at: string;
  stream: string;
  generation?: number;
  text: string;
}

export interface Assistant {
  enabled: boolean;
  kind?: string;
  model?: string | null;
  reason?: string | null;
}

export interface Subscribed {
  epoch: string;
  seq: number;
  resumed: boolean;
  children?: ChildStatus[];
  streaming?: { message_id: string; text: string }[];
  rollups?: { message_id: string; child_responses: Reply[] }[];
  threads?: { id: string; head?: string | null }[];
  messages?: Entry[];
  queued?: Message[];
}

/** What a person has sent and the server has not yet acknowledged. */
export interface OutboxItem {
  id: string;
  content: string;
  at: string;
  state: 'waiting' | 'sent' | 'refused';
  error?: string;
}
