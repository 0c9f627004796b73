// The job's variables in a table that sorts and filters.

import { memo, useId, useMemo, useState } from 'react';
import type { VariableView } from '../view';
import { count, size } from '../wording';

export interface LocalsPaneProps {
  variables: VariableView[];
}

type Column = 'name' | 'type' | 'text' | 'size';

const COLUMNS: [Column, string][] = [
  ['name', 'Name'],
  ['type', 'Type'],
  ['text', 'Value'],
  ['size', 'Size']
];
const FILTER_FROM = 8;
const SHOWN = 200;

export const LocalsPane = memo(function LocalsPane({ variables }: LocalsPaneProps) {
  const [column, setColumn] = useState<Column>('name');
  const [descending, setDescending] = useState(false);
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const id = useId();
  const rows = useMemo(() => arranged(variables, filter, column, descending), [variables, filter, column, descending]);
  if (variables.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">No variables yet.</p>;
  }
  const sortBy = (chosen: Column) => {
    setDescending(chosen === column ? !descending : chosen === 'size');
    setColumn(chosen);
  };
  return (
    <div className="jp-statek-Locals">
      {variables.length >= FILTER_FROM ? (
        <>
          <label className="jp-statek-hidden" htmlFor={id}>
            Filter variables
          </label>
          <input
            id={id}
            type="search"
            value={filter}
            placeholder="Filter"
            onChange={event => setFilter(event.currentTarget.value)}
          />
        </>
      ) : null}
      <table className="jp-statek-Table">
        <thead>
          <tr>
            {COLUMNS.map(([name, title]) => (
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
          {(all ? rows : rows.slice(0, SHOWN)).map(row => (
            <Row key={row.name} row={row} />
          ))}
        </tbody>
      </table>
      {rows.length === 0 ? <p className="jp-statek-muted jp-statek-empty">No variable matches.</p> : null}
      {rows.length > SHOWN && !all ? (
        <button type="button" className="jp-statek-Fold" onClick={() => setAll(true)}>
          Show all {count(rows.length, 'variable')}
        </button>
      ) : null}
    </div>
  );
});

const Row = memo(function Row({ row }: { row: VariableView }) {
  return (
    <tr>
      <th scope="row" className="jp-mod-name">
        <span className="jp-statek-Locals-name">{row.name}</span>
        <span className="jp-statek-Locals-under" title={row.type}>
          {shortType(row.type)}
        </span>
        {row.durable ? null : (
          <span className="jp-statek-Badge jp-mod-warn" title={row.note || 'lost when the process ends'}>
            not durable
          </span>
        )}
      </th>
      <td className="jp-mod-type" title={row.type}>
        {shortType(row.type)}
      </td>
      <td className="jp-mod-text" title={row.durable && row.note ? row.note : row.text}>
        {row.text || row.note}
      </td>
      <td className="jp-mod-size">{size(row.size)}</td>
    </tr>
  );
});

function arranged(variables: VariableView[], filter: string, column: Column, descending: boolean): VariableView[] {
  const wanted = filter.trim().toLowerCase();
  const rows = variables.filter(
    row => !wanted || row.name.toLowerCase().includes(wanted) || row.type.toLowerCase().includes(wanted)
  );
  const direction = descending ? -1 : 1;
  return rows.sort((a, b) => {
    const order = column === 'size' ? (a.size ?? -1) - (b.size ?? -1) : compareText(a[column], b[column]);
    return direction * order || compareText(a.name, b.name);
  });
}

/** A type without the modules it lies in. */
function shortType(name: string): string {
  return /^[\w.]+$/.test(name) ? (name.split('.').at(-1) ?? name) : name;
}

function compareText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
