// Two jobs side by side: their figures in one table, with what differs marked, and their chat logs below.

import { type ReactNode, useState } from 'react';
import type { Ask } from '../questions';
import { trans } from '../translation';
import type { JobView } from '../view';
import { cost, elapsed, number, seconds, statusWord, tokens } from '../wording';
import { DiffTable } from './DiffTable';
import { StatusMark } from './StatusMark';

export interface CompareProps {
  /** Null until it is known. */
  one: JobView | null;
  other: JobView | null;
  /** Asks about the one. */
  ask?: Ask | undefined;
  /** The whole view of each, to stand below its column. */
  children: [ReactNode, ReactNode];
}

interface Line {
  name: string;
  cells: [ReactNode, ReactNode];
  differs: boolean;
  /** The other against the one, in percent; empty where that says nothing. */
  change: string;
}

export function Compare({ one, other, ask, children }: CompareProps) {
  return (
    <div className="jp-statek-Job jp-statek-Compare" role="region" aria-label={trans.__('two jobs')}>
      {one && other ? <Figures one={one} other={other} /> : null}
      {one && other && ask ? <Variables one={one} other={other} ask={ask} /> : null}
      <div className="jp-statek-Compare-jobs">
        {children.map((child, at) => (
          <div key={at}>{child}</div>
        ))}
      </div>
    </div>
  );
}

/** Which variables differ, asked for when it is unfolded: values are loaded for it. */
function Variables({ one, other, ask }: { one: JobView; other: JobView; ask: Ask }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="jp-statek-Compare-variables" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('Variables that differ')}</summary>
      {open ? <DiffTable ask={ask} a={one.turns} b={other.turns} other={other.id} /> : null}
    </details>
  );
}

function Figures({ one, other }: { one: JobView; other: JobView }) {
  return (
    <table className="jp-statek-Table">
      <thead>
        <tr>
          <th scope="col">
            <span className="jp-statek-hidden">{trans.__('figure')}</span>
          </th>
          <th scope="col">{one.name ?? one.id}</th>
          <th scope="col">{other.name ?? other.id}</th>
          <th scope="col" className="jp-mod-size">
            {trans.__('Change')}
          </th>
        </tr>
      </thead>
      <tbody>
        {linesOf(one, other).map(({ name, cells, differs, change }) => (
          <tr key={name} className={differs ? 'jp-mod-differs' : undefined}>
            <th scope="row">{name}</th>
            <td>{cells[0]}</td>
            <td>{cells[1]}</td>
            <td className="jp-mod-size">{change}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function linesOf(one: JobView, other: JobView): Line[] {
  const text = (name: string, read: (view: JobView) => string): Line => {
    const cells: [string, string] = [read(one), read(other)];
    return { name, cells, differs: cells[0] !== cells[1], change: '' };
  };
  const figure = (name: string, read: (view: JobView) => number | null, words: (value: number) => string): Line => {
    const [a, b] = [read(one), read(other)];
    const cells: [string, string] = [a === null ? '–' : words(a), b === null ? '–' : words(b)];
    return { name, cells, differs: cells[0] !== cells[1], change: a && b !== null && a !== b ? percent(a, b) : '' };
  };
  const status = (view: JobView) => <StatusMark status={statusWord(view.status, view.outcome)} compact />;
  const spent = (view: JobView) => (view.usage.cost_usd === null ? null : Number(view.usage.cost_usd));
  return [
    {
      name: trans.__('Status'),
      cells: [status(one), status(other)],
      differs: one.status !== other.status || one.outcome !== other.outcome,
      change: ''
    },
    text(trans.__('Result'), view => view.error?.message ?? view.result ?? '–'),
    text(trans.__('Model'), view => view.model ?? '–'),
    text(trans.__('Agent'), view => view.agent),
    figure(trans.__('Turns'), view => view.turns, number),
    figure(trans.__('Cost'), spent, value => cost(String(value))),
    figure(trans.__('Tokens in'), view => view.usage.input_tokens, tokens),
    figure(trans.__('Tokens out'), view => view.usage.output_tokens, tokens),
    figure(trans.__('Time'), time, seconds),
    figure(trans.__('Model time'), view => view.usage.model_seconds, seconds)
  ];
}

function time(view: JobView): number | null {
  return elapsed(view.started_at, view.finished_at, Date.now());
}

function percent(from: number, to: number): string {
  const change = Math.round((100 * (to - from)) / from);
  return change === 0 ? '' : `${change > 0 ? '+' : '−'}${Math.abs(change)} %`;
}
