// Which turn of a job is shown: now, or an earlier one, which is then asked for.

import { useState } from 'react';
import type { Ask } from '../questions';
import type { ItemView, JobView } from '../view';
import { useAnswer } from './useAnswer';

export interface Past {
  /** Null for now. */
  turn: number | null;
  setTurn: (turn: number | null) => void;
  /** What is shown: the job now until the one of the turn is there. */
  view: JobView;
  loaded: ReadonlyMap<number, ItemView>;
  problem: string;
}

export function usePast(now: JobView, loaded: ReadonlyMap<number, ItemView>, ask: Ask | undefined): Past {
  const [turn, setTurn] = useState<number | null>(null);
  const past = turn === null || !ask ? undefined : () => ask('turn', { turn });
  const { answer, problem } = useAnswer(past, [turn, past !== undefined]);
  const view = turn === null || !answer ? now : answer.view;
  return {
    turn,
    setTurn,
    view,
    // Entries of the job now are those of the past, too, as far as the past goes.
    loaded:
      view === now ? loaded : new Map([...loaded, ...now.items.map((item): [number, ItemView] => [item.id, item])]),
    problem
  };
}
