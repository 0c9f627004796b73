// Applies what changed between two views of one job; statek_jupyter/views/delta.py makes it and applies the same in Python.

import type { ItemView, JobView, SubtaskView, VariableView } from './view';

export interface ListDelta<Row, Name> {
  drop?: Name[];
  put?: Row[];
  order?: Name[];
}

export interface Delta {
  set?: Partial<JobView>;
  items?: ListDelta<ItemView, number>;
  locals?: ListDelta<VariableView, string>;
  subtasks?: ListDelta<SubtaskView, string>;
}

/** The view after a change. `old` is left as it was, and rows that did not change stay the same objects. */
export function applyDelta(old: JobView, delta: Delta): JobView {
  const view = { ...old, ...delta.set };
  if (delta.items) {
    view.items = applyRows(old.items, delta.items, row => row.id);
  }
  if (delta.locals) {
    view.locals = applyRows(old.locals, delta.locals, row => row.name);
  }
  if (delta.subtasks) {
    view.subtasks = applyRows(old.subtasks, delta.subtasks, row => row.id);
  }
  return view;
}

/** The rows after a change; rows that did not change stay the same objects. */
export function applyRows<Row, Name>(rows: Row[], change: ListDelta<Row, Name>, name: (row: Row) => Name): Row[] {
  const byName = new Map(rows.map(row => [name(row), row]));
  change.drop?.forEach(key => byName.delete(key));
  change.put?.forEach(row => byName.set(name(row), row));
  if (!change.order) {
    return [...byName.values()];
  }
  return change.order.flatMap(key => {
    const row = byName.get(key);
    return row === undefined ? [] : [row];
  });
}
