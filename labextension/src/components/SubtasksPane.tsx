// The jobs below this one, as a tree that works with the arrow keys.

import { type KeyboardEvent, memo, useMemo, useRef, useState } from 'react';
import { readTree, type TreeRow, visibleRows } from '../subtask_tree';
import type { SubtaskView } from '../view';
import { cost, count, elapsed, seconds, statusWord } from '../wording';
import { StatusMark } from './StatusMark';

export interface SubtasksPaneProps {
  root: string;
  subtasks: SubtaskView[];
  /** Subtasks that are not in the list. */
  more: number;
  now: number;
  onOpenJob?: ((id: string) => void) | undefined;
}

export const SubtasksPane = memo(function SubtasksPane({ root, subtasks, more, now, onOpenJob }: SubtasksPaneProps) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const tree = useMemo(() => readTree(root, subtasks), [root, subtasks]);
  const rows = visibleRows(tree, folded);
  if (subtasks.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">No subtasks.</p>;
  }
  const tabbed = rows.some(row => row.task.id === current) ? current : rows[0]?.task.id;
  const focus = (row: TreeRow | undefined) => {
    if (row) {
      setCurrent(row.task.id);
      list.current?.querySelector<HTMLElement>(`[data-row="${rows.indexOf(row)}"]`)?.focus();
    }
  };
  const fold = (id: string, value: boolean) => {
    const next = new Set(folded);
    if (value) {
      next.add(id);
    } else {
      next.delete(id);
    }
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent, row: TreeRow) => {
    const at = rows.indexOf(row);
    const open = row.children > 0 && !folded.has(row.task.id);
    const actions: Record<string, () => void> = {
      ArrowDown: () => focus(rows[at + 1]),
      ArrowUp: () => focus(rows[at - 1]),
      Home: () => focus(rows[0]),
      End: () => focus(rows.at(-1)),
      ArrowRight: () => (open ? focus(rows[at + 1]) : fold(row.task.id, false)),
      ArrowLeft: () => (open ? fold(row.task.id, true) : focus(rows.find(other => other.task.id === row.task.parent))),
      Enter: () => onOpenJob?.(row.task.id)
    };
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      event.stopPropagation();
      action();
    }
  };
  return (
    <>
      <ul className="jp-statek-Tree" role="tree" aria-label="subtasks" ref={list} data-lm-suppress-shortcuts="true">
        {rows.map((row, at) => (
          <li
            key={row.task.id}
            role="treeitem"
            data-row={at}
            aria-level={row.level}
            aria-expanded={row.children > 0 ? !folded.has(row.task.id) : undefined}
            aria-selected={row.task.id === current}
            tabIndex={row.task.id === tabbed ? 0 : -1}
            style={{ paddingInlineStart: `${(row.level - 1) * 18 + 6}px` }}
            onFocus={() => setCurrent(row.task.id)}
            onKeyDown={event => onKeyDown(event, row)}
            onClick={() => (row.children > 0 ? fold(row.task.id, !folded.has(row.task.id)) : undefined)}
            onDoubleClick={() => onOpenJob?.(row.task.id)}
          >
            <span className="jp-statek-Tree-twist" aria-hidden="true">
              {row.children > 0 ? (folded.has(row.task.id) ? '▸' : '▾') : ''}
            </span>
            <Subtask task={row.task} now={now} />
          </li>
        ))}
      </ul>
      {more > 0 ? <p className="jp-statek-Note">{count(more, 'more subtask')} not shown</p> : null}
    </>
  );
});

function Subtask({ task, now }: { task: SubtaskView; now: number }) {
  const time = elapsed(task.started_at, task.finished_at, now);
  const facts = [
    count(task.turns, 'turn'),
    cost(task.cost_usd, task.unknown_cost_calls),
    time === null ? '' : seconds(time)
  ];
  return (
    <>
      <StatusMark status={statusWord(task.status, task.outcome)} compact />
      <span className="jp-statek-Tree-name">{task.name ?? task.id}</span>
      <span className="jp-statek-muted jp-statek-Tree-facts">{facts.filter(Boolean).join(' · ')}</span>
      {task.error ? <span className="jp-statek-Tree-error">{task.error}</span> : null}
    </>
  );
}
