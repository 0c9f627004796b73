// Keeps the state of a job from a full view and the changes that follow it in sequence, wherever they come from.

import { applyDelta, type Delta } from '../delta';
import type { Ask } from '../questions';
import type { ItemView, JobView } from '../view';
import { EMPTY, entryAt, type JobState, Listeners, words } from './source';

export interface FullView {
  version: number;
  /** The clock of who wrote the view, in milliseconds since the epoch. */
  now: number;
  view: JobView;
}

export interface Change {
  base: number;
  version: number;
  now: number;
  delta: Delta;
}

export const PAGE_ENTRIES = 50;
const KEPT_ENTRIES = 2_000;
/** Entries that could not be had are asked for again after this time, if they are still looked at. */
const AGAIN_MILLISECONDS = 5_000;

export class JobSequence {
  current: JobState;
  version = -1;
  private asked = false;
  private readonly coming = new Set<number>();
  private readonly listeners = new Listeners();

  /**
   * @param askFull Asks for a full view.
   * @param ask Asks for entries.
   * @param saved What to show until a full view comes.
   */
  constructor(
    private readonly requestFull: () => void,
    private readonly ask: Ask,
    saved: JobView | null = null
  ) {
    this.current = { ...EMPTY, view: saved };
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  update(change: Partial<JobState>): void {
    this.current = { ...this.current, ...change };
    this.listeners.notify();
  }

  askFull(): void {
    if (!this.asked) {
      this.asked = true;
      this.requestFull();
    }
  }

  take({ version, now, view }: FullView): void {
    this.asked = false;
    this.version = version;
    // An entry that was open may have changed in the meantime; those that are settled never do.
    const settled = [...this.current.loaded].filter(([, item]) => item.state === 'ok' || item.state === 'failed');
    this.update({ view, loaded: new Map(settled), connection: 'live', clockOffset: now - Date.now() });
  }

  change({ base, version, now, delta }: Change): void {
    const { view } = this.current;
    if (view === null || base !== this.version) {
      if (version > this.version) {
        this.askFull();
      }
      return;
    }
    const next = applyDelta(view, delta);
    this.version = version;
    this.update({ view: next, connection: 'live', clockOffset: now - Date.now() });
    // What left the view's page stays readable.
    this.keep(view.items.filter(item => item.id < next.first_item));
  }

  /** Ask for the pages with these entries that are neither at hand nor on their way. */
  need(start: number, stop: number): void {
    for (let page = Math.floor(start / PAGE_ENTRIES); page * PAGE_ENTRIES < stop; page += 1) {
      if (!this.coming.has(page) && this.isMissing(page)) {
        void this.load(page);
      }
    }
  }

  private isMissing(page: number): boolean {
    const end = Math.min((page + 1) * PAGE_ENTRIES, this.current.view?.first_item ?? 0);
    for (let at = page * PAGE_ENTRIES; at < end; at += 1) {
      if (!entryAt(this.current, at)) {
        return true;
      }
    }
    return false;
  }

  private async load(page: number): Promise<void> {
    this.coming.add(page);
    const start = page * PAGE_ENTRIES;
    try {
      const { items } = await this.ask('items', { start, stop: start + PAGE_ENTRIES });
      this.keep(items);
    } catch (error) {
      this.update({ notice: words(error) });
    }
    if (this.isMissing(page)) {
      setTimeout(() => this.coming.delete(page), AGAIN_MILLISECONDS);
    } else {
      this.coming.delete(page);
    }
  }

  private keep(items: ItemView[]): void {
    if (items.length === 0) {
      return;
    }
    const kept = [...this.current.loaded, ...items.map((item): [number, ItemView] => [item.id, item])];
    this.update({ loaded: new Map(kept.slice(-KEPT_ENTRIES)) });
  }
}
