// One output of a block: text, picture, table, HTML as data.

import { memo, useMemo, useState } from 'react';
import { readTable, type Table } from '../html_table';
import type { OutputText, OutputView } from '../view';
import { HtmlFrame } from './HtmlFrame';
import { WholeText } from './WholeText';

export interface OutputBlockProps {
  output: OutputView;
  onReadWhole?: ((start: number) => Promise<OutputText>) | undefined;
}

export const OutputBlock = memo(function OutputBlock({ output, onReadWhole }: OutputBlockProps) {
  const { html, omitted } = output;
  // Anything but a data address would be fetched from somewhere.
  const image = output.image?.startsWith('data:image/') ? output.image : undefined;
  const table = useMemo(() => (html === undefined ? null : readTable(html)), [html]);
  return (
    <div className={`jp-statek-Output jp-mod-${output.kind}`}>
      {image ? <img src={image} alt={output.text || 'picture made by the job'} /> : null}
      {table ? <DataTable table={table} /> : null}
      {!image && !table && output.text ? <OutputTextBlock output={output} onReadWhole={onReadWhole} /> : null}
      {html !== undefined && !table ? <HtmlFrame html={html} /> : null}
      {omitted ? <p className="jp-statek-Note">{omitted}</p> : null}
    </div>
  );
});

function OutputTextBlock({ output, onReadWhole }: OutputBlockProps) {
  const [whole, setWhole] = useState(false);
  const { text, cut, kind } = output;
  const label = kind === 'stderr' ? 'error output' : 'output';
  if (whole && onReadWhole) {
    return <WholeText label={label} onRead={onReadWhole} onClose={() => setWhole(false)} />;
  }
  if (!cut) {
    return (
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    );
  }
  const missing =
    cut.lines > 1
      ? `${cut.lines.toLocaleString('en-US')} lines`
      : `${cut.characters.toLocaleString('en-US')} characters`;
  return (
    <>
      <pre tabIndex={0} aria-label={`${label}, beginning`}>
        {text.slice(0, cut.at)}
      </pre>
      {onReadWhole ? (
        <button type="button" className="jp-statek-Fold jp-mod-gap" onClick={() => setWhole(true)}>
          {missing} not shown – read all
        </button>
      ) : (
        <p className="jp-statek-Note jp-mod-gap">{missing} not shown</p>
      )}
      <pre tabIndex={0} aria-label={`${label}, end`}>
        {text.slice(cut.at)}
      </pre>
    </>
  );
}

function DataTable({ table }: { table: Table }) {
  return (
    <div className="jp-statek-DataTable" tabIndex={0} role="region" aria-label="table made by the job">
      <table>
        <thead>{table.head.map(rowOf)}</thead>
        <tbody>{table.body.map(rowOf)}</tbody>
      </table>
      {table.note || table.more ? (
        <p className="jp-statek-Note">
          {table.note}
          {table.more ? ` ${table.more.toLocaleString('en-US')} more rows` : ''}
        </p>
      ) : null}
    </div>
  );
}

function rowOf(cells: Table['body'][number], at: number) {
  return (
    <tr key={at}>
      {cells.map((cell, column) => {
        const spans = { colSpan: cell.columns, rowSpan: cell.rows };
        return cell.header && cell.text ? (
          <th key={column} {...spans}>
            {cell.text}
          </th>
        ) : (
          <td key={column} {...spans}>
            {cell.text}
          </td>
        );
      })}
    </tr>
  );
}
