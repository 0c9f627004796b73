// The list of jobs from the server, as filtered, and live.

import { applyRows, type ListDelta } from '../delta';
import type { JobRow, Status } from '../view';
import { trans } from '../translation';
import type { Frame, Receiver } from './live';
import type { Server } from './server';
import { type Connection, Listeners, words } from './source';

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

const PAGE_ROWS = 100;
/** Rows that are kept up to date; older ones are read once, a page at a time. */
const LIVE_ROWS = 500;

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
  private followed: JobRow[] | null = null;
  private older: JobRow[] = [];
  private reading = false;
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

  /** Have a page more of rows, if there are any. */
  showMore(): void {
    if (!this.current.more || this.reading || this.followed === null) {
      return;
    }
    if (this.older.length === 0 && this.limit < LIVE_ROWS) {
      this.limit = Math.min(LIVE_ROWS, this.limit * 2);
      this.follow(true);
    } else {
      void this.readOlder();
    }
  }

  private async readOlder(): Promise<void> {
    const { filter, rows } = this.current;
    const after = rows?.at(-1)?.id ?? '';
    this.reading = true;
    try {
      const page = await this.server.get<ListView>('/jobs', { ...wanted(filter), limit: PAGE_ROWS * 2, after });
      if (this.current.filter === filter) {
        this.older.push(...page.rows);
        this.update({ rows: this.merged(), more: page.more });
      }
    } catch (error) {
      this.update({ notice: words(error) });
    }
    this.reading = false;
  }

  /** The rows that are followed, and the older ones that were read. */
  private merged(): JobRow[] {
    const followed = this.followed ?? [];
    const known = new Set(followed.map(row => row.id));
    return [...followed, ...this.older.filter(row => !known.has(row.id))];
  }

  version(): number | null {
    return this.known < 0 ? null : this.known;
  }

  lost(): void {
    this.update({ connection: 'lost' });
  }

  absent(): void {
    this.update({
      connection: 'lost',
      notice: trans.__(
        'The part of statek_jupyter in Jupyter Server is missing or switched off, so jobs cannot be listed.'
      )
    });
  }

  receive(frame: Frame): void {
    if (frame.type === 'full') {
      this.known = frame.version;
      this.reading = false;
      const { rows, ...view } = frame.view as ListView;
      this.followed = rows;
      const more = this.older.length > 0 ? this.current.more : view.more;
      const clockOffset = frame.now - Date.now();
      this.update({ ...view, rows: this.merged(), more, connection: 'live', clockOffset, notice: '' });
    } else if (frame.type === 'delta') {
      this.change(frame.base, frame.version, frame.delta as ListChange);
    } else if (frame.type === 'same') {
      this.update({ connection: 'live', notice: '' });
    } else if (frame.type === 'problem') {
      this.update({ connection: 'lost', notice: frame.message });
    }
  }

  private change(base: number, version: number, { set, rows }: ListChange): void {
    if (base !== this.known || this.followed === null) {
      this.follow();
      return;
    }
    this.known = version;
    if (rows) {
      this.followed = applyRows(this.followed, rows, row => row.id);
    }
    const more = this.older.length > 0 ? this.current.more : (set?.more ?? this.current.more);
    this.update({ ...set, more, rows: this.merged(), connection: 'live' });
  }

  /** @param reading More rows of the same list are on their way. */
  private follow(reading = false): void {
    this.leave?.();
    this.known = -1;
    this.reading = reading;
    this.older = reading ? this.older : [];
    this.leave = this.server.follow({ jobs: { limit: this.limit, ...wanted(this.current.filter) } }, this);
  }

  private update(change: Partial<JobsListState>): void {
    this.current = { ...this.current, ...change };
    this.listeners.notify();
  }
}

function wanted({ status, text }: JobsFilter) {
  return { ...(status.length ? { status } : {}), ...(text.trim() ? { text } : {}) };
}
