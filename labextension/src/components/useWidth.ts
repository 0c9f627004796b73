// How wide an element is, so that one view fits a side panel and a wide notebook.

import { type RefObject, useLayoutEffect, useState } from 'react';

/** Width in pixels; 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(entries => {
      const next = entries[0]?.contentRect.width;
      if (next !== undefined) {
        setWidth(Math.round(next));
      }
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
