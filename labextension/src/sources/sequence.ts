// Keeps the state of a job from a full view and the changes that follow it in sequence, wherever they come from.

import { applyDelta, type Delta } from '../delta';
import type { ItemView, JobView } from '../view';
import { EMPTY, type JobState, Listeners } from './source';

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

const KEPT_ENTRIES = 150;

export class JobSequence {
  current: JobState;
  version = -1;
  private asked = false;
  private readonly listeners = new Listeners();

  /**
   * @param ask Asks for a full view.
   * @param saved What to show until one comes.
   */
  constructor(
    private readonly ask: () => void,
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
      this.ask();
    }
  }

  take({ version, now, view }: FullView): void {
    this.asked = false;
    this.version = version;
    // Entries between those asked for and the new first one are gone from here: begin again at the view's page.
    const joined = this.current.earlier.at(-1)?.id === view.first_item - 1;
    const earlier = joined ? this.current.earlier : [];
    this.update({ view, earlier, connection: 'live', clockOffset: now - Date.now() });
  }

  change({ base, version, now, delta }: Change): void {
    const { view, earlier } = this.current;
    if (view === null || base !== this.version) {
      if (version > this.version) {
        this.askFull();
      }
      return;
    }
    const next = applyDelta(view, delta);
    this.version = version;
    // What left the view's page stays readable, up to a number of entries a browser shows without effort.
    const left = view.items.filter(item => item.id < next.first_item);
    const kept = [...earlier, ...left].slice(-Math.max(KEPT_ENTRIES, earlier.length));
    this.update({ view: next, earlier: kept, connection: 'live', clockOffset: now - Date.now() });
  }

  /** Number of the first entry at hand. */
  first(): number {
    return this.current.earlier[0]?.id ?? this.current.view?.first_item ?? 0;
  }

  addEarlier(page: ItemView[]): void {
    const first = this.first();
    const items = page.filter(item => item.id < first);
    this.update({ earlier: [...items, ...this.current.earlier], loadingEarlier: false });
  }
}
