// What is in a value: a page of its entries, each of which can be looked into in turn.

import { useState } from 'react';
import type { Ask, EntryView } from '../questions';
import { trans } from '../translation';
import { number } from '../wording';
import { GridTable } from './GridTable';
import { useAnswer } from './useAnswer';
import { shortType } from './VariableRow';

export interface InsideProps {
  name: string;
  /** Positions of the entries gone through, joined by commas; empty for the variable itself. */
  path: string;
  /** An earlier turn, or null for now. */
  turn: number | null;
  /** It is read anew when this changes. */
  seq: number;
  ask: Ask;
}

const PAGE = 50;

export function ValueTree(props: InsideProps) {
  const { name, path, turn, seq, ask } = props;
  const [start, setStart] = useState(0);
  const when = turn === null ? {} : { turn };
  const { answer, problem } = useAnswer(
    () => ask('value', { name, path, start, ...when }).then(({ value }) => value),
    [name, path, start, turn, turn === null ? seq : null]
  );
  if (!answer) {
    return <p className="jp-statek-Note">{problem || trans.__('Reading…')}</p>;
  }
  return (
    <div className="jp-statek-Value">
      <ul>
        {answer.entries.map((entry, at) => (
          <Entry key={answer.start + at} {...props} entry={entry} path={stepInto(path, answer.start + at)} />
        ))}
      </ul>
      {answer.total > PAGE ? (
        <Pages start={answer.start} shown={answer.entries.length} total={answer.total} page={PAGE} onStart={setStart} />
      ) : null}
    </div>
  );
}

function stepInto(path: string, at: number): string {
  return path === '' ? String(at) : `${path},${at}`;
}

function Entry({ entry, ...inside }: InsideProps & { entry: EntryView }) {
  const [open, setOpen] = useState(false);
  const opens = entry.grid === true || (entry.entries ?? 0) > 0;
  const words = (
    <>
      <span className="jp-statek-Value-key">{entry.key}</span>
      <span className="jp-statek-Value-text">{entry.text}</span>
      <span className="jp-statek-muted jp-statek-Value-type" title={entry.type}>
        {shortType(entry.type)}
      </span>
    </>
  );
  return (
    <li>
      {opens ? (
        <button type="button" className="jp-statek-Value-line" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span aria-hidden="true">{open ? '▾' : '▸'}</span>
          {words}
        </button>
      ) : (
        <span className="jp-statek-Value-line">
          <span aria-hidden="true" />
          {words}
        </span>
      )}
      {open && opens ? entry.grid ? <GridTable {...inside} /> : <ValueTree {...inside} /> : null}
    </li>
  );
}

export interface PagesProps {
  start: number;
  shown: number;
  total: number;
  page: number;
  onStart: (start: number) => void;
  /** What is counted, such as rows; empty when it is plain. */
  what?: string;
}

export function Pages({ start, shown, total, page, onStart, what = '' }: PagesProps) {
  return (
    <span className="jp-statek-Pages">
      <button
        type="button"
        className="jp-statek-Icon"
        aria-label={trans.__('Earlier')}
        disabled={start === 0}
        onClick={() => onStart(Math.max(0, start - page))}
      >
        ‹
      </button>
      <span>
        {what} {trans.__('%1–%2 of %3', number(start + 1), number(start + shown), number(total))}
      </span>
      <button
        type="button"
        className="jp-statek-Icon"
        aria-label={trans.__('Later')}
        disabled={start + shown >= total}
        onClick={() => onStart(start + page)}
      >
        ›
      </button>
    </span>
  );
}
