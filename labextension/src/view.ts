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

export interface ItemView {
  id: number;
  kind: 'user' | 'system' | 'warmup' | 'turn' | 'subtask';
  at: string | null;
  state: ItemState;
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
}

export type Pane = 'chat' | 'locals' | 'subtasks' | 'usage';

export const PANES: readonly Pane[] = ['chat', 'locals', 'subtasks', 'usage'];
