// Keeps the end of a log in sight while the reader is there; counts what comes while they read above, and keeps their place.

import { useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Nearer to the end than this many pixels counts as being there. */
const NEAR = 40;

/**
 * @param total How many entries there are; what is added to it counts as new.
 * @param first Number of the first entry shown; when it falls, entries were put before and the place is kept.
 */
export function useFollowing(total: number, first: number) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const lastTop = useRef(0);
  const seen = useRef(total);
  const before = useRef({ first, height: 0 });
  const [unseen, setUnseen] = useState(0);
  const follow = () => {
    const element = box.current;
    if (element && following.current) {
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
    }
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    if (following.current) {
      follow();
      seen.current = total;
    } else if (first < before.current.first) {
      element.scrollTop += element.scrollHeight - before.current.height;
      lastTop.current = element.scrollTop;
    }
    before.current = { first, height: element.scrollHeight };
    setUnseen(Math.max(0, total - seen.current));
  });
  useEffect(() => {
    // Pictures get their height only after they are laid out.
    if (!content.current || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(follow);
    observer.observe(content.current);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const element = box.current;
    if (!element) {
      return;
    }
    // Only going up leaves the end: what grows below moves it away without anybody having scrolled.
    if (element.scrollTop < lastTop.current - 1) {
      following.current = false;
    }
    lastTop.current = element.scrollTop;
    if (element.scrollHeight - element.scrollTop - element.clientHeight < NEAR) {
      following.current = true;
      seen.current = total;
      setUnseen(0);
    }
  };
  const toEnd = () => {
    following.current = true;
    seen.current = total;
    setUnseen(0);
    follow();
  };
  return { box, content, unseen, onScroll, toEnd };
}
