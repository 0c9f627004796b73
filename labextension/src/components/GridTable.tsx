// A frame or an array, a page of rows and columns at a time.

import { useState } from 'react';
import { trans } from '../translation';
import { useAnswer } from './useAnswer';
import { type InsideProps, Pages } from './ValueTree';

const ROWS = 100;
const COLUMNS = 20;

export function GridTable({ name, path, turn, seq, ask }: InsideProps) {
  const [row, setRow] = useState(0);
  const [column, setColumn] = useState(0);
  const when = turn === null ? {} : { turn };
  const { answer, problem, waiting } = useAnswer(
    () =>
      ask('grid', { name, path, row, column, ...when }).then(({ grid }) => {
        if (!grid) {
          throw new Error(trans.__('It is no table any more.'));
        }
        return grid;
      }),
    [name, path, row, column, turn, turn === null ? seq : null]
  );
  if (!answer) {
    return <p className="jp-statek-Note">{problem || trans.__('Reading…')}</p>;
  }
  return (
    <div className="jp-statek-Grid" aria-busy={waiting}>
      <div
        className="jp-statek-DataTable"
        tabIndex={0}
        role="region"
        aria-label={trans.__('table of %1', name)}
        data-lm-suppress-shortcuts="true"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="jp-statek-hidden">{trans.__('row')}</span>
              </th>
              {answer.columns.map((one, at) => (
                <th key={at} scope="col" title={one.type}>
                  {one.name}
                  <span className="jp-statek-Grid-type">{one.type}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.rows.map((one, at) => (
              <tr key={at}>
                <th scope="row">{one.name}</th>
                {one.cells.map((cell, place) => (
                  <td key={place} title={cell.length > 24 ? cell : undefined}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="jp-statek-Note">
        <Pages
          start={answer.first_row}
          shown={answer.rows.length}
          total={answer.total_rows}
          page={ROWS}
          onStart={setRow}
          what={trans.__('rows')}
        />
        <Pages
          start={answer.first_column}
          shown={answer.columns.length}
          total={answer.total_columns}
          page={COLUMNS}
          onStart={setColumn}
          what={trans.__('columns')}
        />
      </p>
    </div>
  );
}
