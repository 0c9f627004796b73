// The list of jobs from the server, as filtered, and live.

import { applyRows, type ListDelta } from '../delta';
import type { JobRow, Status } from '../view';
import type { Frame, Receiver } from './live';
import type { Server } from './server';
import { type Connection, Listeners } from './source';

export interface JobsFilter {
  /** Any of these; all jobs when empty. */
  status: Status[];
  text: string;
}

export interface JobsListState {
  /** Null until they are known. */
  rows: JobRow[] | null;
  more: boolean;
  counts: Partial<Record<Status, number>>;
  filter: JobsFilter;
  connection: Connection;
  clockOffset: number;
  /** What is wrong, for the person. */
  notice: string;
}

interface ListView {
  rows: JobRow[];
  more: boolean;
  counts: Partial<Record<Status, number>>;
}

interface ListChange {
  set?: Partial<Omit<ListView, 'rows'>>;
  rows?: ListDelta<JobRow, string>;
}

const PAGE_ROWS = 50;
const MOST_ROWS = 500;
const MISSING = 'The part of statek_jupyter in Jupyter Server is missing or switched off, so jobs cannot be listed.';

export class ServerJobs implements Receiver {
  private current: JobsListState = {
    rows: null,
    more: false,
    counts: {},
    filter: { status: [], text: '' },
    connection: 'connecting',
    clockOffset: 0,
    notice: ''
  };
  private known = -1;
  private limit = PAGE_ROWS;
  private leave: (() => void) | null = null;
  private readonly listeners = new Listeners();

  constructor(private readonly server: Server) {}

  state(): JobsListState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  /** Follow the list while somebody sees it. */
  setSeen(seen: boolean): void {
    if (seen && this.leave === null) {
      this.follow();
    } else if (!seen) {
      this.leave?.();
      this.leave = null;
    }
  }

  setFilter(filter: JobsFilter): void {
    this.limit = PAGE_ROWS;
    this.update({ filter });
    this.follow();
  }

  showMore(): void {
    this.limit = Math.min(MOST_ROWS, this.limit + PAGE_ROWS);
    this.follow();
  }

  version(): number | null {
    return this.known < 0 ? null : this.known;
  }

  lost(): void {
    this.update({ connection: 'lost' });
  }

  absent(): void {
    this.update({ connection: 'lost', notice: MISSING });
  }

  receive(frame: Frame): void {
    if (frame.type === 'full') {
      this.known = frame.version;
      const view = frame.view as ListView;
      this.update({ ...view, connection: 'live', clockOffset: frame.now - Date.now(), notice: '' });
    } else if (frame.type === 'delta') {
      this.change(frame.base, frame.version, frame.delta as ListChange);
    } else if (frame.type === 'same') {
      this.update({ connection: 'live', notice: '' });
    } else if (frame.type === 'problem') {
      this.update({ connection: 'lost', notice: frame.message });
    }
  }

  private change(base: number, version: number, { set, rows }: ListChange): void {
    if (base !== this.known || this.current.rows === null) {
      this.follow();
      return;
    }
    this.known = version;
    const next = rows ? applyRows(this.current.rows, rows, row => row.id) : this.current.rows;
    this.update({ ...set, rows: next, connection: 'live' });
  }

  private follow(): void {
    this.leave?.();
    this.known = -1;
    const { status, text } = this.current.filter;
    const jobs = { limit: this.limit, ...(status.length ? { status } : {}), ...(text.trim() ? { text } : {}) };
    this.leave = this.server.follow({ jobs }, this);
  }

  private update(change: Partial<JobsListState>): void {
    this.current = { ...this.current, ...change };
    this.listeners.notify();
  }
}
