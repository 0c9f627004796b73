// An answer that is asked for while a view shows it: nothing, then the answer or the words of what went wrong.

import { type DependencyList, useEffect, useRef, useState } from 'react';
import { words } from '../sources/source';

export interface Answered<Answer> {
  /** The newest answer; the one before stays until the next is there. */
  answer: Answer | null;
  problem: string;
  waiting: boolean;
}

/** Asks anew when one of `about` changes, not when `ask` is another function. */
export function useAnswer<Answer>(ask: (() => Promise<Answer>) | undefined, about: DependencyList): Answered<Answer> {
  const [state, setState] = useState<Answered<Answer>>({ answer: null, problem: '', waiting: ask !== undefined });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const question = latest.current;
    if (!question) {
      setState({ answer: null, problem: '', waiting: false });
      return undefined;
    }
    let current = true;
    setState(known => ({ ...known, waiting: true }));
    question().then(
      answer => current && setState({ answer, problem: '', waiting: false }),
      (error: unknown) => current && setState({ answer: null, problem: words(error), waiting: false })
    );
    return () => {
      current = false;
    };
  }, about);
  return state;
}
