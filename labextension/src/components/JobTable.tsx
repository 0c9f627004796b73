// The list of jobs as a table: search, groups, one job selected; of many rows only what is in sight is drawn.

import { memo, type RefObject, useMemo, useState } from 'react';
import type { JobsFilter } from '../sources/server_jobs';
import { trans } from '../translation';
import type { JobRow, Status } from '../view';
import { costFigure, elapsed, seconds, statusWord } from '../wording';
import { JobsFilters } from './JobsFilters';
import { StatusMark } from './StatusMark';
import { useNow } from './useNow';
import { useWindow } from './useWindow';

export interface JobTableProps {
  rows: JobRow[];
  selected: string | null;
  clockOffset: number;
  onSelect: (id: string) => void;
}

/** So few jobs are looked through without a search. */
const FILTER_FROM = 8;
const ROW_PIXELS = 29;

export const JobTable = memo(function JobTable({ rows, selected, clockOffset, onSelect }: JobTableProps) {
  const [filter, setFilter] = useState<JobsFilter>({ status: [], text: '' });
  const counts = useMemo(() => countsOf(rows), [rows]);
  const shown = useMemo(() => matching(rows, filter), [rows, filter]);
  const now = useNow(
    rows.some(row => row.status !== 'DONE' && row.started_at !== null),
    clockOffset
  );
  const list = useWindow({ count: shown.length, guess: ROW_PIXELS });
  if (rows.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">{trans.__('No jobs yet.')}</p>;
  }
  return (
    <>
      {rows.length >= FILTER_FROM ? <JobsFilters filter={filter} counts={counts} onFilter={setFilter} /> : null}
      <div className="jp-statek-Jobs-box" ref={list.box} onScroll={list.onScroll}>
        <table className="jp-statek-Table jp-statek-Jobs" aria-rowcount={shown.length + 1}>
          <Head />
          <tbody ref={list.content as RefObject<HTMLElement> as RefObject<HTMLTableSectionElement>}>
            {list.pieces.map(piece => {
              const row = 'row' in piece ? shown[piece.row] : undefined;
              return 'row' in piece && row ? (
                <Row
                  key={row.id}
                  row={row}
                  at={piece.row}
                  selected={row.id === selected}
                  now={row.status === 'DONE' ? 0 : now}
                  onSelect={onSelect}
                />
              ) : 'gap' in piece ? (
                <tr key={`gap-${piece.before}`} aria-hidden="true" style={{ height: piece.gap }} />
              ) : null;
            })}
          </tbody>
        </table>
        {shown.length === 0 ? <p className="jp-statek-muted jp-statek-empty">{trans.__('No job matches.')}</p> : null}
      </div>
    </>
  );
});

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">{trans.__('Job')}</th>
        <th scope="col">{trans.__('Status')}</th>
        <th scope="col" className="jp-mod-size">
          {trans.__('Turns')}
        </th>
        <th scope="col" className="jp-mod-size">
          {trans.__('Cost')}
        </th>
        <th scope="col" className="jp-mod-size">
          {trans.__('Time')}
        </th>
      </tr>
    </thead>
  );
}

interface RowProps extends Pick<JobTableProps, 'onSelect'> {
  row: JobRow;
  at: number;
  selected: boolean;
  now: number;
}

const Row = memo(function Row({ row, at, selected, now, onSelect }: RowProps) {
  const time = elapsed(row.started_at, row.finished_at, now);
  const price = costFigure(row.cost_usd, row.unknown_cost_calls);
  return (
    <tr className={selected ? 'jp-mod-selected' : ''} data-row={at} aria-rowindex={at + 2}>
      <th scope="row">
        <button
          type="button"
          aria-pressed={selected}
          onClick={() => onSelect(row.id)}
          title={row.error || row.awaiting || row.id}
        >
          {row.name ?? row.id}
        </button>
      </th>
      <td>
        <StatusMark status={statusWord(row.status, row.outcome)} compact />
      </td>
      <td className="jp-mod-size">{row.turns}</td>
      <td className="jp-mod-size" title={price.title}>
        {price.text}
      </td>
      <td className="jp-mod-size">{time === null ? '' : seconds(time >= 1 ? Math.floor(time) : time)}</td>
    </tr>
  );
});

function countsOf(rows: JobRow[]): Partial<Record<Status, number>> {
  const counts: Partial<Record<Status, number>> = {};
  for (const { status } of rows) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

function matching(rows: JobRow[], { status, text }: JobsFilter): JobRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter(row => {
    const { name, id, agent, model, error } = row;
    const words = [name, id, agent, model, error].join(' ').toLowerCase();
    return (status.length === 0 || status.includes(row.status)) && words.includes(wanted);
  });
}
