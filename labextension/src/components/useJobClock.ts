// The clock of a job: it runs while the job is known to, and stands still when nobody knows any more.

import type { Connection } from '../sources/source';
import type { JobView } from '../view';
import { useNow } from './useNow';

/** Milliseconds since the epoch on the clock of who wrote the view; when it stands, the last moment something is known of. */
export function useJobClock(view: JobView, connection: Connection, offset: number): number {
  const runs =
    (connection === 'live' || connection === 'connecting') && view.status !== 'DONE' && view.worker?.alive !== false;
  const now = useNow(runs && view.started_at !== null, offset);
  const known = Date.parse((view.worker?.alive === false ? view.worker.seen_at : null) ?? view.updated_at ?? '');
  return runs || Number.isNaN(known) ? now : known;
}
