// Reads the copy of a job that a notebook holds. A notebook can come from anywhere: what does not look like a job is refused.

import type { JobView } from './view';

const LISTS = ['items', 'locals', 'subtasks'] as const;
const ID = /^[0-9a-zA-Z]{1,40}$/;

/** The view, or null for anything else. */
export function readSaved(data: unknown): JobView | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const view = data as Partial<Record<keyof JobView, unknown>>;
  const right =
    view.format === 'statek.job.v1' &&
    typeof view.id === 'string' &&
    ID.test(view.id) &&
    typeof view.status === 'string' &&
    typeof view.usage === 'object' &&
    view.usage !== null &&
    LISTS.every(name => Array.isArray(view[name]));
  return right ? (data as JobView) : null;
}
