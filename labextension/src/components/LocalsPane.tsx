// The job's variables in a table that sorts and filters, with what the turn did to them; each can be looked into.

import { memo, useId, useMemo, useState } from 'react';
import type { Ask } from '../questions';
import { trans } from '../translation';
import type { JobView, VariableView } from '../view';
import { count } from '../wording';
import { useAnswer } from './useAnswer';
import { nameWidths, VariableRow } from './VariableRow';

export interface LocalsPaneProps {
  view: JobView;
  /** The earlier turn the view is of; null for now. */
  turn: number | null;
  ask?: Ask | undefined;
  onAdopt?: ((name: string) => void) | undefined;
}

type Column = 'name' | 'type' | 'text' | 'size';

const FILTER_FROM = 8;
const SHOWN = 200;

export const LocalsPane = memo(function LocalsPane({ view, turn, ask, onAdopt }: LocalsPaneProps) {
  const variables = useMarked(view, turn, ask);
  const [column, setColumn] = useState<Column>('name');
  const [descending, setDescending] = useState(false);
  const [filter, setFilter] = useState('');
  const [onlyChanged, setOnlyChanged] = useState(false);
  const [all, setAll] = useState(false);
  const id = useId();
  const changed = variables.filter(row => row.change).length;
  const rows = useMemo(
    () => arranged(variables, filter, onlyChanged && changed > 0, column, descending),
    [variables, filter, onlyChanged, changed, column, descending]
  );
  if (variables.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">{trans.__('No variables yet.')}</p>;
  }
  const sortBy = (chosen: Column) => {
    setDescending(chosen === column ? !descending : chosen === 'size');
    setColumn(chosen);
  };
  const titles: [Column, string][] = [
    ['name', trans.__('Name')],
    ['type', trans.__('Type')],
    ['text', trans.__('Value')],
    ['size', trans.__('Size')]
  ];
  const ofTurn = turn ?? view.turns;
  const shown = all ? rows : rows.slice(0, SHOWN);
  const { name, under } = nameWidths(shown);
  return (
    <div className="jp-statek-Locals">
      {variables.length >= FILTER_FROM || changed > 0 ? (
        <div className="jp-statek-Locals-bar">
          <label className="jp-statek-hidden" htmlFor={id}>
            {trans.__('Filter variables')}
          </label>
          <input
            id={id}
            type="search"
            value={filter}
            placeholder={trans.__('Filter by name or type')}
            onChange={event => setFilter(event.currentTarget.value)}
          />
          {changed > 0 ? (
            <button
              type="button"
              className="jp-statek-Toggle"
              aria-pressed={onlyChanged}
              onClick={() => setOnlyChanged(!onlyChanged)}
            >
              {trans.__('%1 changed in turn %2', String(changed), String(ofTurn))}
            </button>
          ) : null}
        </div>
      ) : null}
      <table
        className="jp-statek-Table"
        style={{ '--st-name': name, '--st-under': under } as Record<string, number>}
      >
        <thead>
          <tr>
            {titles.map(([name, title]) => (
              <th
                key={name}
                scope="col"
                className={`jp-mod-${name}`}
                aria-sort={column === name ? (descending ? 'descending' : 'ascending') : 'none'}
              >
                <button type="button" onClick={() => sortBy(name)}>
                  {title}
                  <span aria-hidden="true">{column === name ? (descending ? ' ↓' : ' ↑') : ''}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(row => (
            <VariableRow key={row.name} row={row} turn={turn} seq={view.seq} ask={ask} onAdopt={onAdopt} />
          ))}
        </tbody>
      </table>
      {rows.length === 0 ? <p className="jp-statek-muted jp-statek-empty">{trans.__('No variable matches.')}</p> : null}
      {rows.length > SHOWN && !all ? (
        <button type="button" className="jp-statek-Fold" onClick={() => setAll(true)}>
          {count(rows.length, 'Show %1 variable', 'Show all %1 variables')}
        </button>
      ) : null}
    </div>
  );
});

/** The variables with marks of what the newest turn did; an earlier turn's view has them. */
function useMarked(view: JobView, turn: number | null, ask: Ask | undefined): VariableView[] {
  const last = view.turns;
  const question = ask && turn === null && last > 0 ? () => ask('locals', { turn: last }) : undefined;
  const { answer } = useAnswer(question, [question !== undefined, last, view.id]);
  return useMemo(() => {
    if (turn !== null || !answer) {
      return view.locals;
    }
    const marks = new Map(answer.locals.map(row => [row.name, row.change]));
    const known = new Set(view.locals.map(row => row.name));
    const deleted = answer.locals.filter(row => row.change === 'deleted' && !known.has(row.name));
    const marked = view.locals.map(row => {
      const change = marks.get(row.name);
      return change && change !== 'deleted' ? { ...row, change } : row;
    });
    return [...marked, ...deleted];
  }, [view.locals, turn, answer]);
}

function arranged(
  variables: VariableView[],
  filter: string,
  onlyChanged: boolean,
  column: Column,
  descending: boolean
): VariableView[] {
  const wanted = filter.trim().toLowerCase();
  const rows = variables.filter(
    row =>
      (!onlyChanged || row.change) &&
      (!wanted || row.name.toLowerCase().includes(wanted) || row.type.toLowerCase().includes(wanted))
  );
  const direction = descending ? -1 : 1;
  return rows.sort((a, b) => {
    const order = column === 'size' ? (a.size ?? -1) - (b.size ?? -1) : compareText(a[column], b[column]);
    return direction * order || compareText(a.name, b.name);
  });
}

function compareText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
