// Where a view's job comes from and where its actions go: one interface for widget comm, server and saved copy.

import type { Act, Ask } from '../questions';
import type { ItemView, JobView } from '../view';

/** `saved`: a copy that no longer changes; `lost`: the kernel or server does not answer any more. */
export type Connection = 'connecting' | 'live' | 'saved' | 'lost';

export interface JobState {
  view: JobView | null;
  connection: Connection;
  /** Milliseconds to add to this machine's clock to get the clock of who wrote the view. */
  clockOffset: number;
  /** Entries before the view's first one that are at hand, by position. */
  loaded: ReadonlyMap<number, ItemView>;
  /** What went wrong last, for the person; empty when nothing did. */
  notice: string;
}

export interface JobSource {
  state(): JobState;
  /** Calls `listener` after each change of the state; returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Get the entries from `start` to `stop`, if they are not at hand: they are about to be seen. */
  need(start: number, stop: number): void;
  ask: Ask;
  act: Act;
  close(): void;
}

export const EMPTY: JobState = {
  view: null,
  connection: 'connecting',
  clockOffset: 0,
  loaded: new Map(),
  notice: ''
};

/** The entry at a position, when it is at hand. */
export function entryAt({ view, loaded }: Pick<JobState, 'view' | 'loaded'>, position: number): ItemView | undefined {
  return (
    (view && position >= view.first_item ? view.items[position - view.first_item] : undefined) ?? loaded.get(position)
  );
}

/** Listeners of a state that changes. */
export class Listeners {
  private readonly listeners = new Set<() => void>();

  add(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(): void {
    this.listeners.forEach(listener => listener());
  }
}

export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
