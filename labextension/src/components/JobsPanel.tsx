// The side panel: how many jobs there are, a search, and the jobs as cards, newest first.

import { type MouseEvent, memo, useEffect, useId, useState } from 'react';
import type { JobsFilter, JobsListState } from '../sources/server_jobs';
import type { JobRow, Status } from '../view';
import { ago, cost, count, elapsed, seconds, statusWord } from '../wording';
import { StatusShape } from './StatusMark';
import { useNow } from './useNow';

export interface JobsPanelProps {
  state: JobsListState;
  /** The job whose tab is in front. */
  current: string | null;
  onFilter: (filter: JobsFilter) => void;
  onMore: () => void;
  onOpen: (row: JobRow) => void;
  onStop: (row: JobRow) => Promise<void>;
}

const GROUPS: { name: string; status: Status[] }[] = [
  { name: 'All', status: [] },
  { name: 'Running', status: ['READY', 'WARMING_UP', 'STARTED'] },
  { name: 'Waiting', status: ['SUSPENDED'] },
  { name: 'Ended', status: ['DONE'] }
];
const TYPING_MILLISECONDS = 250;

export function JobsPanel(props: JobsPanelProps) {
  const { state, onMore } = props;
  const { rows, notice, connection, filter } = state;
  const filtered = filter.status.length > 0 || filter.text.trim() !== '';
  return (
    <div className="jp-statek-Job jp-statek-Panel" role="region" aria-label="jobs">
      <Filters {...props} />
      {notice || connection === 'lost' ? (
        <p className="jp-statek-Notice" role="alert">
          {notice || 'The server does not answer; what is shown may be old.'}
        </p>
      ) : null}
      {rows === null ? (
        <p className="jp-statek-muted jp-statek-empty">{notice ? '' : 'Looking for jobs…'}</p>
      ) : rows.length === 0 ? (
        <p className="jp-statek-muted jp-statek-empty">
          {filtered ? 'No job matches.' : 'No jobs yet. A cell that begins with %%statek_job makes one.'}
        </p>
      ) : (
        <Cards {...props} rows={rows} />
      )}
      {state.more ? (
        <button type="button" className="jp-statek-Fold jp-statek-Panel-more" onClick={onMore}>
          Show more
        </button>
      ) : null}
    </div>
  );
}

function Filters({ state, onFilter }: JobsPanelProps) {
  const { filter, counts } = state;
  const [text, setText] = useState(filter.text);
  const id = useId();
  useEffect(() => {
    if (text === filter.text) {
      return undefined;
    }
    const timer = setTimeout(() => onFilter({ ...filter, text }), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, filter, onFilter]);
  const amount = (status: Status[]) => status.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const chosen = filter.status.join();
  return (
    <div className="jp-statek-Panel-filters">
      <label className="jp-statek-hidden" htmlFor={id}>
        Search jobs
      </label>
      <input
        id={id}
        type="search"
        value={text}
        placeholder="Search jobs"
        onChange={event => setText(event.currentTarget.value)}
      />
      <div role="group" aria-label="Show" className="jp-statek-Panel-groups">
        {GROUPS.map(({ name, status }) => (
          <button
            key={name}
            type="button"
            aria-pressed={status.join() === chosen}
            onClick={() => onFilter({ ...filter, text, status })}
          >
            {name} <span>{(status.length ? amount(status) : all).toLocaleString('en-US')}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function Cards({ rows, current, state, onOpen, onStop }: JobsPanelProps & { rows: JobRow[] }) {
  const now = useNow(true, state.clockOffset);
  return (
    <ul className="jp-statek-Cards" aria-label={count(rows.length, 'job')}>
      {rows.map(row => (
        <Card
          key={row.id}
          row={row}
          selected={row.id === current}
          // A job that has ended is drawn again once a minute only.
          now={row.status === 'DONE' ? Math.floor(now / 60_000) * 60_000 : now}
          onOpen={onOpen}
          onStop={onStop}
        />
      ))}
    </ul>
  );
}

interface CardProps extends Pick<JobsPanelProps, 'onOpen' | 'onStop'> {
  row: JobRow;
  selected: boolean;
  now: number;
}

const Card = memo(function Card({ row, selected, now, onOpen, onStop }: CardProps) {
  const { word, tone } = statusWord(row.status, row.outcome);
  const name = row.name ?? row.id;
  const active = row.status !== 'DONE';
  const time = elapsed(row.started_at, row.finished_at, now);
  const said = row.error || row.awaiting;
  const facts = [
    row.turns > 0 ? count(row.turns, 'turn') : '',
    time === null ? '' : seconds(time >= 1 ? Math.floor(time) : time)
  ];
  return (
    <li className={`jp-statek-Card jp-mod-${tone}${selected ? ' jp-mod-selected' : ''}`} data-job={row.id}>
      <button type="button" className="jp-statek-Card-open" onClick={() => onOpen(row)} aria-current={selected}>
        <span className={`jp-statek-Card-shape jp-mod-${tone}`} title={word}>
          <StatusShape tone={tone} />
        </span>
        <span className="jp-statek-Card-name" title={row.id}>
          {name}
        </span>
        <span className="jp-statek-Card-age">{ago(row.created_at, now)}</span>
        <span className="jp-statek-Card-facts">
          <span className={`jp-statek-Card-status jp-mod-${tone}`}>{word}</span>
          {facts.filter(Boolean).map((fact, at) => (
            <span key={at}>{fact}</span>
          ))}
        </span>
        <span className="jp-statek-Card-who">
          {row.model ?? row.agent}
          {row.turns > 0 ? ` · ${cost(row.cost_usd, row.unknown_cost_calls)}` : ''}
        </span>
        {said ? <span className={`jp-statek-Card-said jp-mod-${tone}`}>{said}</span> : null}
      </button>
      {active ? <StopButton name={name} onStop={() => onStop(row)} /> : null}
    </li>
  );
});

function StopButton({ name, onStop }: { name: string; onStop: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const stop = (event: MouseEvent) => {
    event.stopPropagation();
    setBusy(true);
    void onStop()
      .catch(() => undefined)
      .then(() => setBusy(false));
  };
  return (
    <button
      type="button"
      className="jp-statek-Button jp-statek-Card-stop"
      aria-label={`Stop ${name}`}
      disabled={busy}
      onClick={stop}
    >
      {busy ? '…' : 'Stop'}
    </button>
  );
}
