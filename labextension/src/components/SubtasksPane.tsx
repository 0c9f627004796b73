// The jobs below this one, as a tree that works with the arrow keys; of a large one only what is in sight is drawn.

import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Ask } from '../questions';
import { readTree, type TreeRow, visibleRows } from '../subtask_tree';
import { trans } from '../translation';
import type { JobView, SubtaskView } from '../view';
import { cost, count, elapsed, number, seconds, statusWord, tokens } from '../wording';
import { StatusMark } from './StatusMark';
import { useAnswer } from './useAnswer';
import { useWindow } from './useWindow';

export interface SubtasksPaneProps {
  view: JobView;
  now: number;
  ask?: Ask | undefined;
  onOpenJob?: ((id: string) => void) | undefined;
}

const ROW_PIXELS = 29;
const INDENT_PIXELS = 16;
const DEEPEST_INDENT = 12;

export const SubtasksPane = memo(function SubtasksPane({ view, now, ask, onOpenJob }: SubtasksPaneProps) {
  const { subtasks, missing, problem } = useAll(view, ask);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const tree = useMemo(() => readTree(view.id, subtasks), [view.id, subtasks]);
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const list = useWindow({ count: rows.length, guess: ROW_PIXELS });
  const wanted = useRef(-1);
  useEffect(() => {
    const row = list.content.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (row) {
      wanted.current = -1;
      row.focus({ preventScroll: true });
      row.scrollIntoView?.({ block: 'nearest' });
    }
  });
  if (subtasks.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">{trans.__('No subtasks.')}</p>;
  }
  const tabbed = rows.some(row => row.task.id === current) ? current : rows[0]?.task.id;
  const focus = (at: number) => {
    const row = rows[at];
    if (row) {
      setCurrent(row.task.id);
      wanted.current = at;
      list.keep(at);
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
    const { id, parent } = row.task;
    const open = row.children > 0 && !folded.has(id);
    const actions: Record<string, () => void> = {
      ArrowDown: () => focus(at + 1),
      ArrowUp: () => focus(at - 1),
      Home: () => focus(0),
      End: () => focus(rows.length - 1),
      ArrowRight: () => (open ? focus(at + 1) : fold(id, false)),
      ArrowLeft: () => (open ? fold(id, true) : focus(rows.findIndex(other => other.task.id === parent))),
      Enter: () => onOpenJob?.(id),
      ' ': () => onOpenJob?.(id)
    };
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      event.stopPropagation();
      action();
    }
  };
  let gap = 0;
  const drawn = list.pieces.map(piece => {
    if ('gap' in piece) {
      gap = piece.gap;
      return null;
    }
    const row = rows[piece.row];
    if (!row) {
      return null;
    }
    const above = gap;
    gap = 0;
    const { id } = row.task;
    return (
      <div
        key={id}
        role="treeitem"
        data-row={piece.row}
        aria-level={row.level}
        aria-posinset={row.place}
        aria-setsize={row.siblings}
        aria-expanded={row.children > 0 ? !folded.has(id) : undefined}
        aria-selected={id === current}
        tabIndex={id === tabbed ? 0 : -1}
        style={{
          marginTop: above,
          paddingInlineStart: `${Math.min(row.level - 1, DEEPEST_INDENT) * INDENT_PIXELS + 6}px`
        }}
        onFocus={() => setCurrent(id)}
        onKeyDown={event => onKeyDown(event, row)}
        onClick={() => (onOpenJob ? onOpenJob(id) : fold(id, !folded.has(id)))}
      >
        <span
          className="jp-statek-Tree-twist"
          aria-hidden="true"
          onClick={event => {
            event.stopPropagation();
            fold(id, !folded.has(id));
          }}
        >
          {row.children > 0 ? (folded.has(id) ? '▸' : '▾') : ''}
        </span>
        <Subtask row={row} folded={folded.has(id)} now={now} />
      </div>
    );
  });
  return (
    <>
      <Total rows={tree} />
      <div className="jp-statek-Tree-box" ref={list.box} onScroll={list.onScroll}>
        <div
          className="jp-statek-Tree"
          role="tree"
          aria-label={trans.__('subtasks')}
          data-lm-suppress-shortcuts="true"
          ref={list.content}
          style={{ paddingBottom: gap }}
        >
          {drawn}
        </div>
      </div>
      {missing > 0 ? (
        <p className="jp-statek-Note">
          {problem || count(missing, '%1 more subtask not shown', '%1 more subtasks not shown')}
        </p>
      ) : null}
    </>
  );
});

function Total({ rows }: { rows: TreeRow[] }) {
  const top = rows.filter(row => row.level === 1).map(row => row.below);
  const running = top.reduce((sum, one) => sum + one.running, 0);
  const failed = top.reduce((sum, one) => sum + one.failed, 0);
  const facts = [
    count(rows.length, '%1 subtask', '%1 subtasks'),
    running ? trans.__('%1 not ended', number(running)) : '',
    failed ? trans.__('%1 failed', number(failed)) : ''
  ];
  return <p className="jp-statek-Tree-total">{facts.filter(Boolean).join(' · ')}</p>;
}

function Subtask({ row, folded, now }: { row: TreeRow; folded: boolean; now: number }) {
  const { task, below } = row;
  const time = elapsed(task.started_at, task.finished_at, now);
  const facts = [
    below.jobs > 0 ? trans.__('Σ %1', number(below.jobs)) : '',
    tokens(below.tokens),
    cost(below.cost_usd === null ? null : String(below.cost_usd), below.unknown_cost_calls),
    time === null ? '' : seconds(time >= 1 ? Math.floor(time) : time)
  ];
  const hiddenFailures = folded && task.outcome !== 'failed' ? below.failed : 0;
  return (
    <>
      <StatusMark status={statusWord(task.status, task.outcome)} compact />
      <span className="jp-statek-Tree-name" title={task.id}>
        {task.name ?? task.id}
      </span>
      {hiddenFailures > 0 ? (
        <span className="jp-statek-Badge jp-mod-bad">{trans.__('%1 failed', number(hiddenFailures))}</span>
      ) : null}
      <span className="jp-statek-muted jp-statek-Tree-facts">{facts.filter(Boolean).join(' · ')}</span>
      {task.error ? <span className="jp-statek-Tree-error">{task.error}</span> : null}
    </>
  );
}

const PAGE = 500;

/** The subtasks of the view, and those that did not fit into it. */
function useAll(view: JobView, ask: Ask | undefined) {
  const more = view.more_subtasks;
  const question =
    ask && more > 0
      ? async () => {
          const all: SubtaskView[] = [];
          for (let total = 1; all.length < total;) {
            const page = await ask('subtasks', { start: all.length });
            total = page.subtasks.length < PAGE ? 0 : page.total;
            all.push(...page.subtasks);
          }
          return all;
        }
      : undefined;
  const { answer, problem } = useAnswer(question, [question !== undefined, more, view.id]);
  return useMemo(() => {
    if (!answer || more === 0) {
      return { subtasks: view.subtasks, missing: more, problem };
    }
    const live = new Map(view.subtasks.map(task => [task.id, task]));
    const known = new Set(answer.map(task => task.id));
    const all = [
      ...answer.map(task => live.get(task.id) ?? task),
      ...view.subtasks.filter(task => !known.has(task.id))
    ];
    return { subtasks: all, missing: Math.max(0, view.subtasks.length + more - all.length), problem };
  }, [answer, more, view.subtasks, problem]);
}
