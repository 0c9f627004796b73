// A job as it was saved with the notebook: it can be read, not changed.

import { trans } from '../translation';
import type { JobView } from '../view';
import { EMPTY, type JobSource, type JobState } from './source';

const refuse = () => Promise.reject(new Error(trans.__('This is a saved copy; open the job again to act on it.')));

export class SnapshotSource implements JobSource {
  private readonly current: JobState;
  readonly ask = refuse;
  readonly act = refuse;

  constructor(view: JobView) {
    this.current = { ...EMPTY, view, connection: 'saved' };
  }

  state(): JobState {
    return this.current;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  need(): void {
    // A saved copy holds one page; the view says so.
  }

  close(): void {
    // Holds nothing.
  }
}
