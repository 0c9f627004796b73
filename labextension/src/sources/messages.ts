// The messages between the widget and its kernel side; `statek_jupyter/notebook/widget.py` speaks the same.

import type { Delta } from '../delta';
import type { ItemView, JobRow, JobView, OutputText } from '../view';

export type FromKernel =
  | { type: 'full'; version: number; now: number; view: JobView }
  | { type: 'delta'; base: number; version: number; now: number; delta: Delta }
  | { type: 'page'; items: ItemView[] }
  | { type: 'jobs'; version: number; now: number; rows: JobRow[]; selected: string | null }
  | { type: 'answer'; request: string; output?: OutputText; error?: string };

export type ToKernel =
  | { type: 'full'; have: number }
  | { type: 'page'; before: number }
  | { type: 'output'; request: string; item: number; index: number; start: number }
  | { type: 'command'; request: string; command: 'send' | 'stop' | 'resume'; text?: string }
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
  const known = ['full', 'delta', 'page', 'jobs', 'answer'];
  return known.includes(String(content.type)) ? (content as FromKernel) : null;
}
