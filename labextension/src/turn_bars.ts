// The bars of the chart over the turns: one per turn, or several turns in one where there are many.

import type { TurnRow } from './questions';

export type Measure = 'tokens' | 'cost' | 'time';

export interface Bar {
  first: number;
  last: number;
  failed: boolean;
  /** From the bottom up. */
  parts: { look: 'in' | 'out' | 'cached' | 'code'; value: number }[];
  total: number;
}

export const MOST_BARS = 90;

export function barsOf(turns: TurnRow[], measure: Measure): Bar[] {
  const together = Math.max(1, Math.ceil(turns.length / MOST_BARS));
  const bars: Bar[] = [];
  for (let at = 0; at < turns.length; at += together) {
    bars.push(barOf(turns.slice(at, at + together), measure));
  }
  return bars;
}

function barOf(turns: TurnRow[], measure: Measure): Bar {
  const sum = (value: (row: TurnRow) => number) => turns.reduce((total, row) => total + value(row), 0);
  const parts = partsOf(sum, measure).filter(part => part.value > 0);
  return {
    first: turns[0]?.turn ?? 0,
    last: turns.at(-1)?.turn ?? 0,
    failed: turns.some(row => row.state === 'failed'),
    parts,
    total: parts.reduce((total, part) => total + part.value, 0)
  };
}

function partsOf(sum: (value: (row: TurnRow) => number) => number, measure: Measure): Bar['parts'] {
  if (measure === 'cost') {
    return [{ look: 'in', value: sum(row => Number(row.cost_usd ?? 0)) }];
  }
  if (measure === 'time') {
    return [
      { look: 'in', value: sum(row => row.model_seconds) },
      { look: 'code', value: sum(row => row.code_seconds) }
    ];
  }
  const cached = sum(row => Math.min(row.cached_tokens, row.input_tokens));
  return [
    { look: 'cached', value: cached },
    { look: 'in', value: sum(row => row.input_tokens) - cached },
    { look: 'out', value: sum(row => row.output_tokens) }
  ];
}
