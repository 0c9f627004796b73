// The time, read again each second while something on the screen depends on it.

import { useEffect, useState } from 'react';

/** Milliseconds since the epoch on the clock `offset` milliseconds ahead of this machine's. */
export function useNow(ticking: boolean, offset: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now + offset;
}
