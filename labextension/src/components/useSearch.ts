// A search over a whole chat log, done where the log is: hits in order, one of them chosen.

import { useEffect, useRef, useState } from 'react';
import type { Ask, HitsPage, HitView } from '../questions';
import { words } from '../sources/source';

export interface Search {
  text: string;
  setText: (text: string) => void;
  hits: HitView[];
  /** How many are found so far; null until something of the log has been searched. */
  total: number | null;
  /** There may be more of them. */
  more: boolean;
  /** Share of the log that has been searched, from 0 to 1, while the search goes on; null when it does not. */
  searched: number | null;
  /** Position of the chosen hit among the hits. */
  at: number;
  problem: string;
  step: (by: 1 | -1) => void;
}

const TYPING_MILLISECONDS = 250;
/** So many are gathered at once; stepping past the last of them gathers more. */
const MOST_HITS = 1000;
const NOTHING = {
  hits: [] as HitView[],
  total: null as number | null,
  next: null as number | null,
  searched: null as number | null,
  at: 0,
  problem: ''
};

/**
 * @param ask Searches a stretch of the log: where the whole log can be searched, else what is at hand.
 * @param onHit Called with each hit that is chosen.
 */
export function useSearch(
  ask: (text: string, start: number) => Promise<HitsPage>,
  onHit: (hit: HitView) => void
): Search {
  const [text, setText] = useState('');
  const [found, setFound] = useState(NOTHING);
  const latest = useRef({ ask, onHit });
  latest.current = { ask, onHit };
  /** The search that is under way; an earlier one that still gets answers is not. */
  const run = useRef(0);

  /** Search stretch after stretch from an entry on, telling what is found meanwhile. */
  const gather = async (wanted: string, from: number, before: HitView[], chosen: number) => {
    run.current += 1;
    const mine = run.current;
    const hits = [...before];
    try {
      const goesOn = (next: number | null): next is number => next !== null && hits.length < before.length + MOST_HITS;
      for (let next: number | null = from; goesOn(next);) {
        const page: HitsPage = await latest.current.ask(wanted, next);
        if (run.current !== mine) {
          return;
        }
        const first = hits.length <= chosen && page.hits.length > 0;
        hits.push(...page.hits);
        next = page.next;
        const searched = goesOn(next) ? next / Math.max(1, page.entries) : null;
        const now = { hits: [...hits], total: hits.length, next, searched, problem: '' };
        setFound(known => ({ ...now, at: first ? chosen : known.at }));
        const hit = first ? hits[chosen] : undefined;
        if (hit) {
          latest.current.onHit(hit);
        }
      }
    } catch (error) {
      if (run.current === mine) {
        setFound(known => ({ ...known, searched: null, problem: words(error) }));
      }
    }
  };
  const start = useRef(gather);
  start.current = gather;

  useEffect(() => {
    run.current += 1;
    setFound(NOTHING);
    const wanted = text.trim();
    if (wanted === '') {
      return undefined;
    }
    const timer = setTimeout(() => void start.current(wanted, 0, [], 0), TYPING_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(
    () => () => {
      run.current += 1;
    },
    []
  );

  const step = (by: 1 | -1) => {
    const { hits, at, next, searched } = found;
    if (by === 1 && at === hits.length - 1 && next !== null && searched === null) {
      void gather(text.trim(), next, hits, hits.length);
    } else if (hits.length > 0) {
      const chosen = (at + by + hits.length) % hits.length;
      setFound({ ...found, at: chosen });
      const hit = hits[chosen];
      if (hit) {
        onHit(hit);
      }
    }
  };
  const { next, ...shown } = found;
  return { text, setText, ...shown, more: next !== null, step };
}

export function searchWith(ask: Ask) {
  return (text: string, start: number) => ask('search', { text, start });
}
