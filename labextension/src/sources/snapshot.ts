// A job as it was saved with the notebook: it can be read, not changed.

import type { JobView, OutputText } from '../view';
import { EMPTY, type JobSource, type JobState } from './source';

const REASON = 'This is a saved copy; open the job again to act on it.';

export class SnapshotSource implements JobSource {
  private readonly current: JobState;

  constructor(view: JobView) {
    this.current = { ...EMPTY, view, connection: 'saved' };
  }

  state(): JobState {
    return this.current;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  loadEarlier(): void {
    // A saved copy holds one page; the view does not offer earlier ones.
  }

  readOutput(): Promise<OutputText> {
    return Promise.reject(new Error(REASON));
  }

  send(): Promise<void> {
    return Promise.reject(new Error(REASON));
  }

  stop(): Promise<void> {
    return Promise.reject(new Error(REASON));
  }

  resume(): Promise<void> {
    return Promise.reject(new Error(REASON));
  }

  close(): void {
    // Holds nothing.
  }
}
