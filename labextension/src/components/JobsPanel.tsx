// The side panel: how many jobs there are, a search, and the jobs as cards, newest first; of many only those in sight are drawn.

import { useEffect, useRef, useState } from 'react';
import type { JobsFilter, JobsListState } from '../sources/server_jobs';
import { trans } from '../translation';
import type { JobRow } from '../view';
import { number } from '../wording';
import { ActionButton } from './Header';
import { JobCard } from './JobCard';
import { JobsFilters } from './JobsFilters';
import { useKeptFocus } from './useKeptFocus';
import { useNow } from './useNow';
import { useWindow } from './useWindow';

export interface JobsPanelProps {
  state: JobsListState;
  /** The job whose tab is in front. */
  current: string | null;
  onFilter: (filter: JobsFilter) => void;
  onMore: () => void;
  onOpen: (row: JobRow) => void;
  onStop: (rows: JobRow[]) => Promise<unknown>;
  onDelete?: ((rows: JobRow[]) => Promise<unknown>) | undefined;
  onCompare?: ((one: JobRow, other: JobRow) => void) | undefined;
}

export function JobsPanel(props: JobsPanelProps) {
  const { state } = props;
  const root = useRef<HTMLDivElement>(null);
  useKeptFocus(root);
  const { rows, notice, connection, filter } = state;
  const filtered = filter.status.length > 0 || filter.text.trim() !== '';
  return (
    <div className="jp-statek-Job jp-statek-Panel" role="region" aria-label={trans.__('jobs')} ref={root}>
      <JobsFilters filter={filter} counts={state.counts} onFilter={props.onFilter} />
      {notice || connection === 'lost' ? (
        <p className="jp-statek-Notice" role="alert">
          {notice || trans.__('The server does not answer; what is shown may be old.')}
        </p>
      ) : null}
      {rows === null ? (
        <p className="jp-statek-muted jp-statek-empty">{notice ? '' : trans.__('Looking for jobs…')}</p>
      ) : rows.length === 0 ? (
        <p className="jp-statek-muted jp-statek-empty">
          {filtered
            ? trans.__('No job matches.')
            : trans.__('No jobs yet. A cell that begins with %%statek_job makes one.')}
        </p>
      ) : (
        <Cards {...props} rows={rows} />
      )}
    </div>
  );
}

const CARD_PIXELS = 68;
/** So many rows before the end more are asked for. */
const AHEAD = 30;

function Cards(props: JobsPanelProps & { rows: JobRow[] }) {
  const { rows, current, state, onOpen, onStop, onMore } = props;
  const now = useNow(true, state.clockOffset);
  const list = useWindow({ count: rows.length, guess: CARD_PIXELS });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { stop } = list;
  useEffect(() => {
    if (state.more && stop > rows.length - AHEAD) {
      onMore();
    }
  }, [stop, rows.length, state.more]);
  const choose = (id: string, value: boolean) =>
    setChosen(known => new Set(value ? [...known, id] : [...known].filter(other => other !== id)));
  const picked = rows.filter(row => chosen.has(row.id));
  let gap = 0;
  const drawn = list.pieces.map(piece => {
    const row = 'row' in piece ? rows[piece.row] : undefined;
    if (!('row' in piece) || !row) {
      gap = 'gap' in piece ? piece.gap : 0;
      return null;
    }
    const above = gap;
    gap = 0;
    return (
      <JobCard
        key={row.id}
        row={row}
        place={{ row: piece.row, above, rows: rows.length }}
        selected={row.id === current}
        chosen={chosen.has(row.id)}
        choosing={chosen.size > 0}
        // A job that has ended is drawn again once a minute only.
        now={row.status === 'DONE' ? Math.floor(now / 60_000) * 60_000 : now}
        onOpen={onOpen}
        onStop={onStop}
        onChoose={choose}
      />
    );
  });
  return (
    <>
      {picked.length > 0 ? <Bulk {...props} picked={picked} onClear={() => setChosen(new Set())} /> : null}
      <div className="jp-statek-Cards" ref={list.box} onScroll={list.onScroll}>
        <div
          role="list"
          aria-label={trans.__('jobs')}
          className="jp-statek-Items"
          ref={list.content}
          style={{ paddingBottom: gap }}
        >
          {drawn}
        </div>
      </div>
    </>
  );
}

type BulkProps = Pick<JobsPanelProps, 'onStop' | 'onDelete' | 'onCompare'> & {
  picked: JobRow[];
  onClear: () => void;
};

/** What can be done with several jobs at once. */
function Bulk({ picked, onStop, onDelete, onCompare, onClear }: BulkProps) {
  const active = picked.filter(row => row.status !== 'DONE');
  const [one, other] = picked;
  return (
    <div className="jp-statek-Bulk" role="toolbar" aria-label={trans.__('chosen jobs')}>
      <button type="button" className="jp-statek-Icon" aria-label={trans.__('Choose none')} onClick={onClear}>
        ×
      </button>
      <span>{trans.__('%1 chosen', number(picked.length))}</span>
      {active.length > 0 ? (
        <ActionButton
          label={trans.__('Stop %1', number(active.length))}
          busyLabel={trans.__('Stopping…')}
          action={() => onStop(active)}
        />
      ) : null}
      {onCompare && picked.length === 2 && one && other ? (
        <button type="button" className="jp-statek-Button" onClick={() => onCompare(one, other)}>
          {trans.__('Compare')}
        </button>
      ) : null}
      {onDelete ? (
        <ActionButton
          label={trans.__('Delete')}
          busyLabel={trans.__('Deleting…')}
          action={() => onDelete(picked).then(onClear)}
        />
      ) : null}
    </div>
  );
}
