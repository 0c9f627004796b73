// One variable: its mark, name, type, value and size; below it, when asked for, what is in it.

import { memo, useState } from 'react';
import type { Ask } from '../questions';
import { trans } from '../translation';
import type { VariableView } from '../view';
import { size } from '../wording';
import { GridTable } from './GridTable';
import { ValueTree } from './ValueTree';

export interface VariableRowProps {
  row: VariableView;
  turn: number | null;
  /** Changes when the job does: what is open is read again. */
  seq: number;
  ask?: Ask | undefined;
  onAdopt?: ((name: string) => void) | undefined;
}

export const VariableRow = memo(function VariableRow({ row, turn, seq, ask, onAdopt }: VariableRowProps) {
  const [open, setOpen] = useState(false);
  const canOpen = ask !== undefined && row.change !== 'deleted' && (row.grid === true || (row.entries ?? 0) > 0);
  const shown = open && canOpen;
  const of = { name: row.name, path: '', turn, seq, ask };
  return (
    <>
      <tr className={row.change ? `jp-mod-${row.change}` : undefined}>
        <th scope="row" className="jp-mod-name">
          <Mark change={row.change} />
          {canOpen ? (
            <button
              type="button"
              className="jp-statek-Locals-open"
              aria-expanded={shown}
              aria-label={trans.__('Look into %1', row.name)}
              onClick={() => setOpen(!open)}
            >
              <span aria-hidden="true">{shown ? '▾' : '▸'}</span>
              <span className="jp-statek-Locals-name">{row.name}</span>
            </button>
          ) : (
            <span className="jp-statek-Locals-name">{row.name}</span>
          )}
          <span className="jp-statek-Locals-under" title={row.type}>
            {shortType(row.type)}
          </span>
          {row.durable ? null : (
            <span className="jp-statek-Badge jp-mod-warn" title={row.note || trans.__('lost when the process ends')}>
              {trans.__('not durable')}
            </span>
          )}
        </th>
        <td className="jp-mod-type" title={row.type}>
          {shortType(row.type)}
        </td>
        <td className="jp-mod-text" title={row.durable && row.note ? row.note : row.text}>
          <span className="jp-statek-Locals-text">{row.text || row.note}</span>
        </td>
        <td className="jp-mod-size">
          {size(row.size)}
          {onAdopt && row.durable && row.change !== 'deleted' ? (
            <button
              type="button"
              className="jp-statek-Copy jp-statek-Locals-adopt"
              aria-label={trans.__('Copy %1 into the notebook', row.name)}
              title={trans.__('Copy into the notebook')}
              onClick={() => onAdopt(row.name)}
            >
              {trans.__('Use')}
            </button>
          ) : null}
        </td>
      </tr>
      {shown && ask ? (
        <tr className="jp-statek-Locals-inside">
          <td colSpan={4}>{row.grid ? <GridTable {...of} ask={ask} /> : <ValueTree {...of} ask={ask} />}</td>
        </tr>
      ) : null}
    </>
  );
});

const SIGNS = { new: '+', changed: '~', deleted: '−' };

export function Mark({ change }: { change: VariableView['change'] }) {
  if (!change) {
    return null;
  }
  const names = { new: trans.__('new'), changed: trans.__('changed'), deleted: trans.__('deleted') };
  return (
    <span className={`jp-statek-Mark jp-mod-${change}`} title={names[change]}>
      <span aria-hidden="true">{SIGNS[change]}</span>
      <span className="jp-statek-hidden">{names[change]}</span>
    </span>
  );
}

/** The characters of the longest name, and of the longest name or what stands below it where there is little room. */
export function nameWidths(rows: VariableView[]): { name: number; under: number } {
  const fresh = rows.some(row => !row.durable) ? trans.__('not durable').length : 0;
  const name = Math.max(0, ...rows.map(row => row.name.length + (row.durable ? 0 : fresh + 2)));
  return { name, under: Math.max(fresh, ...rows.map(row => Math.max(row.name.length, shortType(row.type).length))) };
}

/** A type without the modules it lies in. */
export function shortType(name: string): string {
  return /^[\w.]+$/.test(name) ? (name.split('.').at(-1) ?? name) : name;
}
