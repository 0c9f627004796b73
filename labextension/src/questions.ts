// What a view may ask about a job, beyond what is sent to it by itself: the same names over HTTP and over a widget's comm.
//
// HTTP:  GET /statek-jupyter/jobs/<id>/<name>?<fields>          gives the answer
// comm:  {type: 'ask', request, question: <name>, ...fields}     gives {type: 'answer', request, ...answer} or {…, error}

import type { ItemView, OutputText, PastJobView, SubtaskView, VariableView } from './view';

/** One turn of the whole job, in few numbers: for the slider and the charts. */
export interface TurnRow {
  turn: number;
  /** Position of its entry in the chat log. */
  item: number;
  at: string | null;
  model: string;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_usd: string | null;
  model_seconds: number;
  code_seconds: number;
  state: ItemView['state'];
}

/** One step into a value: `path` is the positions of the entries gone through, from the variable down. */
export interface EntryView {
  /** The key, index or attribute, as text. */
  key: string;
  type: string;
  text: string;
  /** How many entries it has itself; null when it cannot be expanded. */
  entries: number | null;
  /** Whether `grid` shows it. */
  grid?: boolean;
}

export interface ValuePage {
  entries: EntryView[];
  start: number;
  total: number;
}

export interface GridPage {
  columns: { name: string; type: string }[];
  rows: { name: string; cells: string[] }[];
  first_row: number;
  first_column: number;
  total_rows: number;
  total_columns: number;
}

export interface HitView {
  /** Position in the chat log. */
  item: number;
  /** What of it: 'text', 'code', 'output', 'reasoning', 'error' … */
  where: string;
  before: string;
  match: string;
  after: string;
}

export interface HitsPage {
  hits: HitView[];
  /** The entry to go on from; null when the end was reached. */
  next: number | null;
  /** How many entries the log has. */
  entries: number;
}

/** The exact request as it was sent, and the reply as it came; both as text. */
export interface ExchangeView {
  request: string;
  reply: string;
  /** What was left out of either, or why one is missing; usually empty. */
  note: string;
}

export interface VariableDiff {
  name: string;
  change: 'new' | 'changed' | 'deleted';
  before: string;
  after: string;
  /** What is different, in words, where that can be told. */
  details?: string[];
}

export interface Questions {
  /** Entries `start` to `stop`, at most 200: the last ones of the range. */
  items: { fields: { start: number; stop: number }; answer: { items: ItemView[] } };
  output: { fields: { item: number; index: number; start: number }; answer: { output: OutputText } };
  /** The job as it was after a turn: its chat log's last page, its locals with marks, its usage. */
  turn: { fields: { turn: number }; answer: { view: PastJobView } };
  turns: { fields: { start: number; stop: number }; answer: { turns: TurnRow[]; total: number } };
  /** A page of 50 of a container. `path` is positions joined by commas, empty for the variable; without `turn`: now. */
  value: { fields: { name: string; path: string; start: number; turn?: number }; answer: { value: ValuePage } };
  /** 100 rows × 20 columns of a frame or array. */
  grid: {
    fields: { name: string; path: string; row: number; column: number; turn?: number };
    answer: { grid: GridPage | null };
  };
  /** Hits from entry `start` on, at most 200. */
  search: { fields: { text: string; start: number }; answer: HitsPage };
  exchange: { fields: { item: number }; answer: { exchange: ExchangeView } };
  /** Variables after turn `b`, of this job or of `other`, compared with those after turn `a`. */
  diff: { fields: { a: number; b: number; other?: string }; answer: { changes: VariableDiff[] } };
  locals: { fields: { turn: number }; answer: { locals: VariableView[] } };
  /** All jobs below, parents before children, from position `start` on, at most 500. */
  subtasks: { fields: { start: number }; answer: { subtasks: SubtaskView[]; total: number } };
}

export type QuestionName = keyof Questions;
export type Fields<Name extends QuestionName> = Questions[Name]['fields'];
export type Answer<Name extends QuestionName> = Questions[Name]['answer'];

/** Asks; rejects with words for the person. */
export type Ask = <Name extends QuestionName>(name: Name, fields: Fields<Name>) => Promise<Answer<Name>>;

/**
 * What may be done. HTTP: POST /statek-jupyter/jobs/<id>/commands, the body is the command and a `key`.
 * comm: {type: 'command', request, ...command}. Both answer once it is durable; `fork` answers {job: <id of the new job>}.
 */
export type Command =
  | { command: 'send'; text: string }
  /** Answer what the job asked: `option` is the position of a choice that was offered. */
  | { command: 'answer'; question: string; text: string; option?: number }
  | { command: 'stop' }
  | { command: 'resume' }
  /** A new job that begins after `turn`, told `text` when it is not empty. */
  | { command: 'fork'; turn: number; text: string }
  /** Say what became of a call of which nobody knows whether it was done: done, with `text` as its value, or not. */
  | { command: 'resolve'; call: string; outcome: 'done' | 'again' | 'failed'; text: string }
  /** Copy a variable into the notebook's namespace; only where a kernel answers. */
  | { command: 'adopt'; name: string };

export type Act = (command: Command) => Promise<{ job?: string }>;
