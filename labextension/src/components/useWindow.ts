// A long list of which only what is in sight is drawn. Follows its end while the reader is there, counts what comes while they
// read above, and never moves what they read.

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Heights, type Piece, piecesOf } from '../windowing';

/** Nearer to the end than this many pixels counts as being there. */
const NEAR = 40;
/** Drawn above and below what is in sight. */
const MARGIN = 250;
/** Drawings in a row that only put right the one before; more would mean that they never agree. */
const MOST_CORRECTIONS = 6;
/** Drawn until the box is measured, and where nothing can be. */
const UNMEASURED_ROWS = typeof ResizeObserver === 'undefined' ? 200 : 8;

export interface WindowOptions {
  count: number;
  /** Pixels of a row nobody has seen. */
  guess: number;
  /** Keep the end in sight while the reader is there. */
  follows?: boolean;
  /** Rows are drawn in another way when this changes. */
  look?: string;
}

export interface Window {
  box: RefObject<HTMLDivElement>;
  content: RefObject<HTMLDivElement>;
  pieces: Piece[];
  /** First row drawn, and the one after the last. */
  start: number;
  stop: number;
  /** Rows that came while the reader was above. */
  unseen: number;
  onScroll: () => void;
  toEnd: () => void;
  /** Bring a row to the top of the box, and keep it drawn. */
  toRow: (row: number) => void;
  /** Keep a row drawn, because the focus is in it. */
  keep: (row: number | null) => void;
}

interface Place {
  row: number;
  /** Pixels of the row above the top of the box. */
  past: number;
}

export function useWindow({ count, guess, follows = false, look = '' }: WindowOptions): Window {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const heights = useRef(new Heights(guess)).current;
  const following = useRef(follows);
  const seen = useRef(count);
  const place = useRef<Place>({ row: 0, past: 0 });
  const lastTop = useRef(0);
  /** The place was just chosen for the reader. */
  const placed = useRef(false);
  const corrections = useRef(0);
  const [view, setView] = useState({ top: 0, height: 0 });
  const [kept, setKept] = useState<number | null>(null);
  const [, redraw] = useState(0);

  const lastLook = useRef(look);
  if (lastLook.current !== look) {
    lastLook.current = look;
    heights.clear();
  }

  const { start, stop } = rangeOf(heights, count, view, following.current);

  /** Take the place in the box as the reader's. */
  const readPlace = (element: HTMLElement) => {
    const top = element.scrollTop;
    const atEnd = element.scrollHeight - top - element.clientHeight < NEAR;
    // Only going up leaves the end: what grows below moves it away without anybody having scrolled.
    following.current = follows && (atEnd || (following.current && top >= lastTop.current - 1));
    lastTop.current = top;
    const within = top - (content.current?.offsetTop ?? 0);
    const row = heights.at(within, count);
    place.current = { row, past: within - heights.top(row) };
    if (following.current) {
      seen.current = count;
    }
  };

  /** Read the heights of the drawn rows, then put the reader's place back where it was. */
  const settle = () => {
    const element = box.current;
    if (!element) {
      return;
    }
    let news = false;
    // The event of a scroll comes with the next frame; a drawing that comes before it must not undo the scroll.
    if (!placed.current && Math.abs(element.scrollTop - lastTop.current) > 1 && !wasCutShort(element, lastTop.current)) {
      readPlace(element);
      news = true;
    }
    placed.current = false;
    content.current?.querySelectorAll<HTMLElement>(':scope > [data-row]').forEach(row => {
      const pixels = row.getBoundingClientRect().height;
      news = (pixels > 0 && heights.set(Number(row.dataset.row), pixels)) || news;
    });
    const offset = content.current?.offsetTop ?? 0;
    const top = following.current
      ? element.scrollHeight
      : heights.top(Math.min(place.current.row, count)) + place.current.past + offset;
    if (Math.abs(element.scrollTop - top) > 1) {
      element.scrollTop = top;
    }
    lastTop.current = element.scrollTop;
    const right = !news && element.clientHeight === view.height && Math.abs(element.scrollTop - view.top) <= MARGIN / 2;
    if (right) {
      corrections.current = 0;
    } else if (corrections.current < MOST_CORRECTIONS) {
      corrections.current += 1;
      setView({ top: element.scrollTop, height: element.clientHeight });
      redraw(times => times + 1);
    }
  };
  const settleNow = useRef(settle);
  settleNow.current = settle;

  useLayoutEffect(() => {
    corrections.current = 0;
  }, [count, look]);
  useLayoutEffect(() => {
    settle();
    if (following.current) {
      seen.current = count;
    }
  });
  useEffect(() => {
    // Pictures get their height only after they are laid out, and the box may be shown or grow.
    if (!content.current || !box.current || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(() => settleNow.current());
    observer.observe(content.current);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const element = box.current;
    if (!element) {
      return;
    }
    readPlace(element);
    corrections.current = 0;
    setView({ top: element.scrollTop, height: element.clientHeight });
  };
  const toEnd = () => {
    placed.current = true;
    following.current = follows;
    place.current = { row: count, past: 0 };
    seen.current = count;
    redraw(times => times + 1);
  };
  const toRow = (row: number) => {
    placed.current = true;
    following.current = false;
    place.current = { row, past: -8 };
    setKept(row);
    redraw(times => times + 1);
  };
  return {
    box,
    content,
    pieces: piecesOf(heights, count, start, stop, kept),
    start,
    stop,
    unseen: follows && !following.current ? Math.max(0, count - seen.current) : 0,
    onScroll,
    toEnd,
    toRow,
    keep: setKept
  };
}

/** Whether the browser moved the box's content, because it became too short for the place it was at. */
function wasCutShort(element: HTMLElement, before: number): boolean {
  const { scrollTop, scrollHeight, clientHeight } = element;
  return scrollTop < before && scrollTop >= scrollHeight - clientHeight - 1;
}

function rangeOf(heights: Heights, count: number, view: { top: number; height: number }, atEnd: boolean) {
  if (view.height === 0) {
    const start = atEnd ? Math.max(0, count - UNMEASURED_ROWS) : 0;
    return { start, stop: Math.min(count, start + UNMEASURED_ROWS) };
  }
  // At the end the rows are counted from below, because the place is only right once they are measured.
  const top = atEnd ? Math.max(0, heights.top(count) - view.height) : view.top;
  const start = heights.at(top - MARGIN, count);
  return { start, stop: Math.min(count, heights.at(top + view.height + MARGIN, count) + 1) };
}
