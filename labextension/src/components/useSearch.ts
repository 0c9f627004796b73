// A search over a whole chat log, done where the log is: hits in order, one of them chosen.

import { useEffect, useRef, useState } from 'react';
import type { Ask, HitsPage, HitView } from '../questions';
import { words } from '../sources/source';

export interface Search {
  text: string;
  setText: (text: string) => void;
  hits: HitView[];
  /** Null until the log has been searched. */
  total: number | null;
  more: boolean;
  /** Position of the chosen hit among the hits. */
  at: number;
  problem: string;
  step: (by: 1 | -1) => void;
}

const TYPING_MILLISECONDS = 250;
const NOTHING = { hits: [] as HitView[], total: null as number | null, more: false, at: 0, problem: '' };

/**
 * @param ask Where the whole log can be searched, else what is at hand.
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

  useEffect(() => {
    const wanted = text.trim();
    if (wanted === '') {
      setFound(NOTHING);
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      latest.current.ask(wanted, 0).then(
        ({ hits, total, more }) => {
          if (current) {
            setFound({ hits, total, more, at: 0, problem: '' });
            if (hits[0]) {
              latest.current.onHit(hits[0]);
            }
          }
        },
        (error: unknown) => current && setFound({ ...NOTHING, problem: words(error) })
      );
    }, TYPING_MILLISECONDS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);

  const choose = (at: number, hits = found.hits, more = found.more) => {
    setFound({ ...found, hits, more, at });
    const hit = hits[at];
    if (hit) {
      onHit(hit);
    }
  };
  const step = (by: 1 | -1) => {
    const { hits, at, more, total } = found;
    const last = hits.at(-1);
    if (by === 1 && at === hits.length - 1 && last && (more || hits.length < (total ?? 0))) {
      ask(text.trim(), last.item + 1).then(
        page => choose(page.hits.length ? at + 1 : 0, [...hits, ...page.hits], page.more),
        (error: unknown) => setFound({ ...found, problem: words(error) })
      );
    } else if (hits.length > 0) {
      choose((at + by + hits.length) % hits.length);
    }
  };
  return { text, setText, ...found, step };
}

export function searchWith(ask: Ask) {
  return (text: string, start: number) => ask('search', { text, start });
}
