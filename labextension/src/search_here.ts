// Searches the entries at hand, where nobody can search the whole log.

import type { HitsPage, HitView } from './questions';
import type { ItemView } from './view';

const AROUND = 40;

export function searchItems(items: ItemView[], text: string): HitsPage {
  const wanted = text.toLowerCase();
  const hits = items.flatMap(item =>
    textsOf(item).flatMap(([where, content]) => {
      const at = content.toLowerCase().indexOf(wanted);
      return at < 0 ? [] : [hitIn(item.id, where, content, at, text.length)];
    })
  );
  return { hits, next: null, entries: items.length };
}

function hitIn(item: number, where: string, content: string, at: number, length: number): HitView {
  return {
    item,
    where,
    before: content.slice(Math.max(0, at - AROUND), at),
    match: content.slice(at, at + length),
    after: content.slice(at + length, at + length + AROUND)
  };
}

function textsOf(item: ItemView): [string, string][] {
  const outputs = item.outputs?.map((output): [string, string] => ['output', output.text]) ?? [];
  const { text = '', code = '', reasoning = '', error } = item;
  return [
    ['text', text],
    ['code', code],
    ['reasoning', reasoning],
    ...outputs,
    ['error', error ? `${error.type}: ${error.message}` : '']
  ];
}
