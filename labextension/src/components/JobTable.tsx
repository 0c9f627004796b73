// The list of jobs: status, name, what they cost; one of them selected.

import { memo } from 'react';
import { trans } from '../translation';
import type { JobRow } from '../view';
import { cost, elapsed, seconds, statusWord } from '../wording';
import { StatusMark } from './StatusMark';
import { useNow } from './useNow';

export interface JobTableProps {
  rows: JobRow[];
  selected: string | null;
  clockOffset: number;
  onSelect: (id: string) => void;
}

export const JobTable = memo(function JobTable({ rows, selected, clockOffset, onSelect }: JobTableProps) {
  const now = useNow(
    rows.some(row => row.status !== 'DONE' && row.started_at !== null),
    clockOffset
  );
  if (rows.length === 0) {
    return <p className="jp-statek-muted jp-statek-empty">{trans.__('No jobs yet.')}</p>;
  }
  return (
    <table className="jp-statek-Table jp-statek-Jobs">
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
      <tbody>
        {rows.map(row => {
          const time = elapsed(row.started_at, row.finished_at, now);
          return (
            <tr key={row.id} className={row.id === selected ? 'jp-mod-selected' : ''}>
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={row.id === selected}
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
              <td className="jp-mod-size">{cost(row.cost_usd, row.unknown_cost_calls)}</td>
              <td className="jp-mod-size">{time === null ? '' : seconds(time >= 1 ? Math.floor(time) : time)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
});
