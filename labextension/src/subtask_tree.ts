// Orders a flat list of subtasks as a tree; a row whose parent is missing stands at the top, and no circle can hold the view up.

import type { SubtaskView } from './view';

/** A subtask and everything below it, added up. */
export interface RollUp {
  jobs: number;
  running: number;
  failed: number;
  tokens: number;
  cost_usd: number | null;
  unknown_cost_calls: number;
}

export interface TreeRow {
  task: SubtaskView;
  /** 1 for a direct subtask. */
  level: number;
  /** How many direct subtasks it has. */
  children: number;
  /** Its place among those with the same parent, from 1, and how many they are. */
  place: number;
  siblings: number;
  /** Ids of the subtasks above it, nearest last. */
  above: string[];
  below: RollUp;
}

/** Rows in the order they are shown, every parent before its subtasks. */
export function readTree(root: string, subtasks: SubtaskView[]): TreeRow[] {
  const known = new Set(subtasks.map(task => task.id));
  const below = new Map<string, SubtaskView[]>();
  for (const task of subtasks) {
    const parent = known.has(task.parent) && task.parent !== task.id ? task.parent : root;
    const siblings = below.get(parent);
    if (siblings) {
      siblings.push(task);
    } else {
      below.set(parent, [task]);
    }
  }
  const rows: TreeRow[] = [];
  const placed = new Set<string>();
  const put = (tasks: SubtaskView[], above: string[]) => {
    // A stack of its own: jobs may be nested deeper than calls can be.
    const waiting = tasks.map((task, at) => ({ task, above, place: at + 1, siblings: tasks.length })).reverse();
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (!placed.has(next.task.id)) {
        placed.add(next.task.id);
        const children = below.get(next.task.id) ?? [];
        rows.push({ ...next, level: next.above.length + 1, children: children.length, below: alone(next.task) });
        const path = [...next.above, next.task.id];
        const inside = children.map((task, at) => ({ task, above: path, place: at + 1, siblings: children.length }));
        waiting.push(...inside.reverse());
      }
    }
  };
  put(below.get(root) ?? [], []);
  subtasks.forEach(task => placed.has(task.id) || put([task], []));
  return rolledUp(rows);
}

function alone(task: SubtaskView): RollUp {
  return {
    jobs: 0,
    running: task.status === 'DONE' ? 0 : 1,
    failed: task.outcome === 'failed' ? 1 : 0,
    tokens: task.tokens,
    cost_usd: task.cost_usd === null ? null : Number(task.cost_usd),
    unknown_cost_calls: task.unknown_cost_calls
  };
}

/** Each row is added once to the one above it, from the last row up; what the list does not show is counted in as well. */
function rolledUp(rows: TreeRow[]): TreeRow[] {
  const byId = new Map(rows.map(row => [row.task.id, row]));
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row) {
      row.below = asStored(row.below, row.task);
    }
    const parent = row && byId.get(row.above.at(-1) ?? '');
    if (row && parent) {
      parent.below = sum(parent.below, row.below, 1);
    }
  }
  return rows;
}

/** The job's own roll-up also knows jobs that are deleted, or not in the list. */
function asStored(counted: RollUp, task: SubtaskView): RollUp {
  const stored = task.subtree_cost_usd ?? null;
  const costs = [counted.cost_usd, stored === null ? null : Number(stored)].filter(cost => cost !== null);
  return {
    ...counted,
    jobs: Math.max(counted.jobs, task.below ?? 0),
    tokens: Math.max(counted.tokens, task.subtree_tokens ?? 0),
    cost_usd: costs.length ? Math.max(...costs) : null,
    unknown_cost_calls: Math.max(counted.unknown_cost_calls, task.subtree_unknown_cost_calls ?? 0)
  };
}

function sum(one: RollUp, other: RollUp, more: number): RollUp {
  const costs = [one.cost_usd, other.cost_usd].filter(cost => cost !== null);
  return {
    jobs: one.jobs + other.jobs + more,
    running: one.running + other.running,
    failed: one.failed + other.failed,
    tokens: one.tokens + other.tokens,
    cost_usd: costs.length ? costs.reduce((total, cost) => total + cost, 0) : null,
    unknown_cost_calls: one.unknown_cost_calls + other.unknown_cost_calls
  };
}

/** The rows none of whose ancestors is folded. */
export function visibleRows(rows: TreeRow[], folded: ReadonlySet<string>): TreeRow[] {
  return folded.size === 0 ? rows : rows.filter(row => !row.above.some(id => folded.has(id)));
}
