// Where a view's job comes from and where its actions go: one interface for widget comm, server and saved copy.

import type { ItemView, JobView, OutputText } from '../view';

/** `saved`: a copy that no longer changes; `lost`: the kernel or server does not answer any more. */
export type Connection = 'connecting' | 'live' | 'saved' | 'lost';

export interface JobState {
  view: JobView | null;
  connection: Connection;
  /** Milliseconds to add to this machine's clock to get the clock of who wrote the view. */
  clockOffset: number;
  /** Entries before the view's first one that were asked for, oldest first. */
  earlier: ItemView[];
  loadingEarlier: boolean;
  /** What went wrong last, for the person; empty when nothing did. */
  notice: string;
}

export interface JobSource {
  state(): JobState;
  /** Calls `listener` after each change of the state; returns what ends it. */
  subscribe(listener: () => void): () => void;
  loadEarlier(): void;
  readOutput(item: number, index: number, start: number): Promise<OutputText>;
  /** The three actions resolve once they are durable, and reject with words for the person. */
  send(text: string): Promise<void>;
  stop(): Promise<void>;
  resume(): Promise<void>;
  close(): void;
}

export const EMPTY: JobState = {
  view: null,
  connection: 'connecting',
  clockOffset: 0,
  earlier: [],
  loadingEarlier: false,
  notice: ''
};

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
