// Variables that are different after two turns, of one job or of two.

import type { Ask } from '../questions';
import { trans } from '../translation';
import { useAnswer } from './useAnswer';
import { Mark } from './VariableRow';

export interface DiffTableProps {
  ask: Ask;
  a: number;
  b: number;
  /** The job that `b` is a turn of; this one when absent. */
  other?: string;
}

export function DiffTable({ ask, a, b, other }: DiffTableProps) {
  const whose = other === undefined ? {} : { other };
  const { answer, problem } = useAnswer(
    () => ask('diff', { a, b, ...whose }).then(({ changes }) => changes),
    [a, b, other]
  );
  if (!answer) {
    return <p className="jp-statek-Note">{problem || trans.__('Comparing…')}</p>;
  }
  if (answer.length === 0) {
    return <p className="jp-statek-Note">{trans.__('All variables are alike.')}</p>;
  }
  return (
    <table className="jp-statek-Table jp-statek-Diff">
      <thead>
        <tr>
          <th scope="col">{trans.__('Name')}</th>
          <th scope="col">{trans.__('Before')}</th>
          <th scope="col">{trans.__('After')}</th>
        </tr>
      </thead>
      <tbody>
        {answer.map(({ name, change, before, after, details }) => (
          <tr key={name}>
            <th scope="row">
              <Mark change={change} />
              <span className="jp-statek-Locals-name">{name}</span>
            </th>
            <td title={before}>{before || '–'}</td>
            <td title={after}>
              {after || '–'}
              {details?.map(detail => (
                <span key={detail} className="jp-statek-Diff-detail">
                  {detail}
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
