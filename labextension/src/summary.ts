// One line that says what an entry of a chat log is about.

import { readInline } from './prose';
import { trans } from './translation';
import type { ItemView } from './view';

const LONGEST = 200;

export interface Summary {
  text: string;
  /** What went wrong, if anything did. */
  bad: string;
}

export function summaryOf(item: ItemView): Summary {
  const text = firstLine(item.text ?? '') || firstCode(item.code ?? '') || (item.calls?.[0] ?? '');
  const error = item.error ?? item.tool_results?.find(result => result.error)?.error;
  return {
    text: (text || emptyText(item)).slice(0, LONGEST),
    bad: error ? error.type || firstLine(error.message) : ''
  };
}

function emptyText(item: ItemView): string {
  return item.state === 'asking' ? trans.__('waiting for the reply') : trans.__('nothing said');
}

function firstLine(text: string): string {
  const line =
    text
      .trimStart()
      .split('\n', 1)[0]
      ?.replace(/^#{1,6}\s+/, '') ?? '';
  return readInline(line.slice(0, LONGEST))
    .map(piece => piece.text)
    .join('')
    .trim();
}

/** The first line of code that is neither a comment nor an import, else the first one. */
function firstCode(code: string): string {
  const lines = code
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  return lines.find(line => !/^(#|import |from )/.test(line)) ?? lines[0] ?? '';
}
