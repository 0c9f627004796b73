// The messages between the widget and its kernel side; `statek_jupyter/notebook/widget.py` speaks the same.

import type { Delta } from '../delta';
import type { Command, Fields, QuestionName } from '../questions';
import type { JobRow, JobView } from '../view';

export type FromKernel =
  | { type: 'full'; version: number; now: number; view: JobView }
  | { type: 'delta'; base: number; version: number; now: number; delta: Delta }
  | { type: 'jobs'; version: number; now: number; rows: JobRow[]; selected: string | null }
  /** With the fields of the answer, or with `error`. */
  | { type: 'answer'; request: string; error?: string };

/** A question, its name as `question` (some have a field `name`), and its fields, see `questions.ts`. */
export type AskMessage = { type: 'ask'; request: string; question: QuestionName } & Partial<Fields<QuestionName>>;

export type ToKernel =
  | { type: 'full'; have: number }
  | AskMessage
  | ({ type: 'command'; request: string } & Command)
  | { type: 'select'; job: string };

/** What the widget needs of an anywidget model. */
export interface WidgetModel {
  get(name: string): unknown;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  send(message: ToKernel): void;
}

/** The message, when it has a known shape; anything else that arrives is ignored. */
export function readMessage(content: unknown): FromKernel | null {
  if (typeof content !== 'object' || content === null || !('type' in content)) {
    return null;
  }
  const known = ['full', 'delta', 'jobs', 'answer'];
  return known.includes(String(content.type)) ? (content as FromKernel) : null;
}
