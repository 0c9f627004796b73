// Orders a flat list of subtasks as a tree; a row whose parent is missing stands at the top, and no circle can hold the view up.

import type { SubtaskView } from './view';

export interface TreeRow {
  task: SubtaskView;
  /** 1 for a direct subtask. */
  level: number;
  /** How many direct subtasks it has. */
  children: number;
  /** Ids of the subtasks above it, nearest last. */
  above: string[];
}

/** Rows in the order they are shown, every parent before its subtasks. */
export function readTree(root: string, subtasks: SubtaskView[]): TreeRow[] {
  const known = new Set(subtasks.map(task => task.id));
  const below = new Map<string, SubtaskView[]>();
  for (const task of subtasks) {
    const parent = known.has(task.parent) && task.parent !== task.id ? task.parent : root;
    below.set(parent, [...(below.get(parent) ?? []), task]);
  }
  const rows: TreeRow[] = [];
  const placed = new Set<string>();
  const place = (task: SubtaskView, above: string[]) => {
    if (placed.has(task.id)) {
      return;
    }
    placed.add(task.id);
    const children = below.get(task.id) ?? [];
    rows.push({ task, level: above.length + 1, children: children.length, above });
    children.forEach(child => place(child, [...above, task.id]));
  };
  (below.get(root) ?? []).forEach(task => place(task, []));
  subtasks.forEach(task => place(task, []));
  return rows;
}

/** The rows none of whose ancestors is folded. */
export function visibleRows(rows: TreeRow[], folded: ReadonlySet<string>): TreeRow[] {
  return rows.filter(row => !row.above.some(id => folded.has(id)));
}
