// The JSON form of a job, as statek_jupyter/views/schema.py documents it.

export type Outcome = 'ok' | 'failed' | 'stopped';
export type Status = 'READY' | 'WARMING_UP' | 'STARTED' | 'SUSPENDED' | 'DONE';
export type ItemState = 'asking' | 'running' | 'waiting' | 'ok' | 'failed';

export interface ErrorView {
  type: string;
  message: string;
  traceback: string;
  line: number | null;
}

export interface CutView {
  at: number;
  characters: number;
  lines: number;
}

export interface OutputView {
  kind: 'stdout' | 'stderr' | 'result' | 'display' | 'error' | 'note';
  text: string;
  cut?: CutView;
  image?: string;
  html?: string;
  omitted?: string;
}

export interface ToolResultView {
  name: string;
  text: string;
  error: ErrorView | null;
}

export interface AttemptView {
  number: number;
  outcome: 'sent' | 'kept' | 'failed' | 'lost';
  error: string;
}

export interface CallView {
  model: string;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  cost_usd: string | null;
  cost_source: string;
  seconds: number;
  estimated: boolean;
}

/** One call of a tool that the code of an entry made. */
export interface CodeCallView {
  call: string;
  name: string;
  arguments: string;
  state: 'begun' | 'waiting' | 'returned' | 'raised' | 'cancelled' | 'unknown';
  /** What it returned or raised, as one line. */
  outcome: string;
  seconds: number;
  /** Who gave its outcome, why it is unknown; usually empty. */
  note: string;
}

/** A call that a running statement waits in, or whose outcome a person has to say. */
export interface WaitView {
  call: string;
  kind: string;
  name: string;
  arguments: string;
  since: string;
  /** When it ends by itself. */
  until: string | null;
  note: string;
  question?: string;
  /** The only answers that are taken; null for any. */
  options?: string[] | null;
  expires_at?: string | null;
}

export interface ItemView {
  id: number;
  kind: 'user' | 'system' | 'warmup' | 'turn' | 'subtask';
  at: string | null;
  state: ItemState;
  /** Since when it does what its state says; only while it asks or runs. */
  since?: string;
  number?: number;
  text?: string;
  code?: string;
  calls?: string[];
  hidden?: boolean;
  reasoning?: string;
  final?: boolean;
  outputs?: OutputView[];
  more_outputs?: number;
  tool_results?: ToolResultView[];
  /** Calls of tools that its code made, oldest first, and how many older ones are left out. */
  code_calls?: CodeCallView[];
  more_code_calls?: number;
  attempts?: AttemptView[];
  error?: ErrorView;
  call?: CallView;
  seconds?: number;
  job?: string;
}

export interface VariableView {
  name: string;
  type: string;
  text: string;
  size: number | null;
  durable: boolean;
  note: string;
  /** What the turn did to it; only in the view of one turn. A deleted one is listed with its last text. */
  change?: 'new' | 'changed' | 'deleted';
  /** How many entries can be looked into; absent or null when there are none. */
  entries?: number | null;
  /** Whether it is a frame or an array that a grid shows. */
  grid?: boolean;
}

/** What the job asks a person. */
export interface QuestionView {
  id: string;
  kind: 'question' | 'approval';
  text: string;
  /** Choices that were offered; empty for a free answer. */
  options: string[];
  asked_at: string | null;
}

/** A call of which nobody knows whether it was done before the process ended. */
export interface UnknownCallView {
  id: string;
  text: string;
  item: number | null;
}

/** Who runs the job. */
export interface WorkerView {
  /** False when its process is known to be gone: nothing happens until another takes the job. */
  alive: boolean;
  /** Machine and process, for the person; empty when none has it, and it is only queued. */
  where: string;
  /** When it was last heard of; the clock stops here when it is gone. */
  seen_at: string | null;
}

/** What the job may use at most, null for no limit, and what counts against it so far. */
export interface LimitsView {
  cost_usd: string | null;
  /** Known cost of the job and of all jobs ever made below it. */
  spent_usd: string | null;
  turns: number | null;
  /** A fork begins anew. */
  turns_used: number;
}

export interface SubtaskView {
  id: string;
  parent: string;
  name: string | null;
  status: Status;
  outcome: Outcome | null;
  turns: number;
  tokens: number;
  cost_usd: string | null;
  unknown_cost_calls: number;
  started_at: string | null;
  finished_at: string | null;
  error: string;
  /** How many jobs there are below it, on all levels. */
  below?: number;
  /** What it and all jobs ever made below it used. */
  subtree_tokens?: number;
  subtree_cost_usd?: string | null;
  subtree_unknown_cost_calls?: number;
}

export interface ModelUsageView {
  model: string;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string | null;
}

export interface UsageView {
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  calls: number;
  model_seconds: number;
  cost_usd: string | null;
  cost_source: string;
  unknown_cost_calls: number;
  estimated: boolean;
  by_model: ModelUsageView[];
  /** Time its code ran. */
  code_seconds?: number;
  /** Size of the newest request, and the most the model takes; absent when it is not known. */
  context_tokens?: number;
  context_limit?: number;
  /** Requests that were sent again. */
  retries?: number;
  /** With all jobs ever made below it; absent when there were none. */
  subtree_tokens?: number;
  subtree_cost_usd?: string | null;
  subtree_unknown_cost_calls?: number;
}

export interface JobView {
  format: string;
  id: string;
  name: string | null;
  seq: number;
  status: Status;
  outcome: Outcome | null;
  model: string | null;
  agent: string;
  created_at: string | null;
  updated_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  turns: number;
  awaiting: string | null;
  /** The calls that its statement waits in, questions to a person among them. */
  waiting?: WaitView[];
  error: ErrorView | null;
  result: string | null;
  live: string;
  first_item: number;
  total_items: number;
  items: ItemView[];
  locals: VariableView[];
  subtasks: SubtaskView[];
  more_subtasks: number;
  usage: UsageView;
  question?: QuestionView | null;
  unknown_calls?: UnknownCallView[];
  /** Null while nobody runs it; absent where that is not known. */
  worker?: WorkerView | null;
  limits?: LimitsView;
  forked_from?: { job: string; turn: number } | null;
}

/** A job as it was after one of its turns. */
export interface PastJobView extends JobView {
  turn: number;
  last_turn: number;
}

/** A stretch of one output's whole text. */
export interface OutputText {
  text: string;
  start: number;
  total: number;
}

/** One row of the list of jobs. */
export interface JobRow {
  id: string;
  name: string | null;
  agent: string;
  model: string | null;
  status: Status;
  outcome: Outcome | null;
  turns: number;
  cost_usd: string | null;
  unknown_cost_calls: number;
  created_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  awaiting: string | null;
  error: string;
  /** False when the process that ran it is gone. */
  alive?: boolean;
  /** No process has it: a worker takes it up. */
  queued?: boolean;
}

export type Pane = 'chat' | 'locals' | 'subtasks' | 'usage';

export const PANES: readonly Pane[] = ['chat', 'locals', 'subtasks', 'usage'];
