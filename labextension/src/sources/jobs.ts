// The list of jobs over a widget's comm.

import type { JobRow } from '../view';
import { readMessage, type WidgetModel } from './messages';
import { Listeners } from './source';

export interface JobsState {
  rows: JobRow[];
  selected: string | null;
  clockOffset: number;
}

interface Saved extends Omit<JobsState, 'clockOffset'> {
  version: number;
  now: number;
}

export class JobsSource {
  private current: JobsState = { rows: [], selected: null, clockOffset: 0 };
  private version = -1;
  private readonly listeners = new Listeners();

  constructor(private readonly model: WidgetModel) {
    const saved = model.get('view') as Saved | null | undefined;
    if (saved?.rows) {
      this.take(saved);
    }
    model.on('msg:custom', this.receive);
    model.send({ type: 'full', have: this.version });
  }

  state(): JobsState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  select(job: string): void {
    this.current = { ...this.current, selected: job };
    this.listeners.notify();
    this.model.send({ type: 'select', job });
  }

  close(): void {
    this.model.off('msg:custom', this.receive);
  }

  private readonly receive = (content: unknown): void => {
    const message = readMessage(content);
    if (message?.type === 'jobs' && message.version > this.version) {
      this.take(message);
    }
  };

  private take({ version, now, rows, selected }: Saved): void {
    this.version = version;
    this.current = { rows, selected, clockOffset: now - Date.now() };
    this.listeners.notify();
  }
}
