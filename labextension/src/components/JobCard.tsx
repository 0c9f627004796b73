// One job of the side panel.

import { memo } from 'react';
import { interrupted, queued } from '../standing';
import { trans } from '../translation';
import type { JobRow } from '../view';
import { ago, cost, count, elapsed, seconds, statusWord } from '../wording';
import { StatusShape } from './StatusMark';
import { StopButton } from './StopButton';
import { REST } from './useKeptFocus';

export interface JobCardProps {
  row: JobRow;
  place: { row: number; above: number; rows: number };
  /** Its tab is in front. */
  selected: boolean;
  /** It is among those for a common action. */
  chosen: boolean;
  choosing: boolean;
  now: number;
  onOpen: (row: JobRow) => void;
  onStop: (rows: JobRow[]) => Promise<unknown>;
  onChoose: (id: string, value: boolean) => void;
}

export const JobCard = memo(
  function JobCard(props: JobCardProps) {
    const { row, place, selected, chosen, choosing, now, onOpen, onStop, onChoose } = props;
    const gone = row.alive === false && row.status !== 'DONE';
    const { word, tone } = gone ? (row.queued ? queued() : interrupted()) : statusWord(row.status, row.outcome);
    const name = row.name ?? row.id;
    const active = row.status !== 'DONE';
    const time = gone ? null : elapsed(row.started_at, row.finished_at, now);
    const said = row.error || row.awaiting;
    const facts = [
      row.turns > 0 ? count(row.turns, '%1 turn', '%1 turns') : '',
      time === null ? '' : seconds(time >= 1 ? Math.floor(time) : time),
      row.turns > 0 ? cost(row.cost_usd, row.unknown_cost_calls) : ''
    ];
    return (
      <div
        role="listitem"
        aria-posinset={place.row + 1}
        aria-setsize={place.rows}
        className={`jp-statek-Card jp-mod-${tone}${selected ? ' jp-mod-selected' : ''}${choosing ? ' jp-mod-choosing' : ''}`}
        style={place.above ? { marginTop: place.above } : undefined}
        data-row={place.row}
        data-job={row.id}
      >
        <button
          type="button"
          className="jp-statek-Card-open"
          onClick={() => onOpen(row)}
          aria-current={selected}
          {...REST}
        >
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
            {row.agent}
            {row.model ? ` · ${row.model}` : ''}
          </span>
          {said ? <span className={`jp-statek-Card-said jp-mod-${tone}`}>{said}</span> : null}
        </button>
        <input
          type="checkbox"
          className="jp-statek-Card-choose"
          aria-label={trans.__('Choose %1', name)}
          checked={chosen}
          onChange={event => onChoose(row.id, event.currentTarget.checked)}
        />
        {active ? <StopButton name={name} onStop={() => onStop([row])} /> : null}
      </div>
    );
  },
  (one, other) =>
    one.row === other.row &&
    one.now === other.now &&
    one.selected === other.selected &&
    one.chosen === other.chosen &&
    one.choosing === other.choosing &&
    one.place.row === other.place.row &&
    one.place.above === other.place.above &&
    one.place.rows === other.place.rows
);
