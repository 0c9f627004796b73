// Takes the cells of an HTML table that came as data, so that a view can build its own table of them; nothing else of it is used.

export interface Cell {
  text: string;
  header: boolean;
  columns: number;
  rows: number;
}

export interface Table {
  head: Cell[][];
  body: Cell[][];
  /** Text below the table, such as "5 rows × 3 columns". */
  note: string;
  /** Rows left out. */
  more: number;
}

const MAX_ROWS = 200;
const MAX_CELLS = 4_000;

/** The table in `html`, when it is nothing but one table (as pandas writes a frame); null otherwise. */
export function readTable(html: string): Table | null {
  if (!html.includes('<table')) {
    return null;
  }
  // A parsed document has no window: it runs no script and loads nothing.
  const body = new DOMParser().parseFromString(html, 'text/html').body;
  body.querySelectorAll('style,script').forEach(element => element.remove());
  const tables = body.querySelectorAll('table');
  const table = tables[0];
  if (
    tables.length !== 1 ||
    !table ||
    body.querySelector('img,svg,input,button,iframe,form,video,audio,object,embed')
  ) {
    return null;
  }
  const rows = [...table.rows];
  const heading = rows.filter(row => row.parentElement?.tagName === 'THEAD').map(cellsOf);
  const content = rows.filter(row => row.parentElement?.tagName !== 'THEAD');
  const perRow = Math.max(1, content[0]?.cells.length ?? 1);
  const limit = Math.min(MAX_ROWS, Math.ceil(MAX_CELLS / perRow));
  table.remove();
  const note = (body.textContent ?? '').trim().slice(0, 300);
  return { head: heading, body: content.slice(0, limit).map(cellsOf), note, more: Math.max(0, content.length - limit) };
}

function cellsOf(row: HTMLTableRowElement): Cell[] {
  return [...row.cells].map(cell => ({
    text: (cell.textContent ?? '').trim().slice(0, 500),
    header: cell.tagName === 'TH',
    columns: Math.min(cell.colSpan, 100),
    rows: Math.min(cell.rowSpan, 1000)
  }));
}
