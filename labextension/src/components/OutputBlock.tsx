// One output of a block: text, picture, table, HTML as data.

import { memo, useMemo, useState } from 'react';
import { readTable, type Table } from '../html_table';
import { trans } from '../translation';
import type { OutputText, OutputView } from '../view';
import { count } from '../wording';
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
      {image ? <img src={image} alt={output.text || trans.__('picture made by the job')} /> : null}
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
  const label = kind === 'stderr' ? trans.__('error output') : trans.__('output');
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
      ? count(cut.lines, '%1 line not shown', '%1 lines not shown')
      : count(cut.characters, '%1 character not shown', '%1 characters not shown');
  return (
    <>
      <pre tabIndex={0} aria-label={trans.__('%1, beginning', label)}>
        {text.slice(0, cut.at)}
      </pre>
      {onReadWhole ? (
        <button type="button" className="jp-statek-Fold jp-mod-gap" onClick={() => setWhole(true)}>
          {trans.__('%1 – read all', missing)}
        </button>
      ) : (
        <p className="jp-statek-Note jp-mod-gap">{missing}</p>
      )}
      <pre tabIndex={0} aria-label={trans.__('%1, end', label)}>
        {text.slice(cut.at)}
      </pre>
    </>
  );
}

function DataTable({ table }: { table: Table }) {
  return (
    <div className="jp-statek-DataTable" tabIndex={0} role="region" aria-label={trans.__('table made by the job')}>
      <table>
        <thead>{table.head.map(rowOf)}</thead>
        <tbody>{table.body.map(rowOf)}</tbody>
      </table>
      {table.note || table.more ? (
        <p className="jp-statek-Note">
          {table.note}
          {table.more ? ` ${count(table.more, '%1 more row', '%1 more rows')}` : ''}
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
