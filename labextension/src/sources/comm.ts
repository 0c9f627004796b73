// A job over a widget's comm: a full view, then deltas in sequence; asks for a full view again when one is missing.

import { applyDelta } from '../delta';
import type { JobView, OutputText } from '../view';
import { type FromKernel, readMessage, type ToKernel, type WidgetModel } from './messages';
import { EMPTY, type JobSource, type JobState, Listeners } from './source';

interface Pending {
  resolve: (output: OutputText | undefined) => void;
  reject: (reason: Error) => void;
}

interface Saved {
  version: number;
  now: number;
  view: JobView;
}

/** After this long without an answer the person is told why. */
export const SLOW_MILLISECONDS = 2_000;
const KEPT_ENTRIES = 150;
const BUSY = 'The kernel is busy; it will do this as soon as it can answer.';

export class CommSource implements JobSource {
  private current: JobState = EMPTY;
  private version = -1;
  private asked = false;
  private requests = 0;
  private readonly pending = new Map<string, Pending>();
  private readonly listeners = new Listeners();
  private readonly identity = Math.random().toString(36).slice(2);

  constructor(private readonly model: WidgetModel) {
    const saved = model.get('view') as Saved | null | undefined;
    if (saved?.view) {
      this.take(saved);
    }
    model.on('msg:custom', this.receive);
    this.askFull();
  }

  state(): JobState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.add(listener);
  }

  loadEarlier(): void {
    const before = this.current.earlier[0]?.id ?? this.current.view?.first_item ?? 0;
    if (before > 0 && !this.current.loadingEarlier) {
      this.model.send({ type: 'page', before });
      this.update({ loadingEarlier: true });
    }
  }

  async readOutput(item: number, index: number, start: number): Promise<OutputText> {
    const output = await this.request(request => ({ type: 'output', request, item, index, start }));
    if (!output) {
      throw new Error('The kernel sent no text.');
    }
    return output;
  }

  async send(text: string): Promise<void> {
    await this.request(request => ({ type: 'command', request, command: 'send', text }));
  }

  async stop(): Promise<void> {
    await this.request(request => ({ type: 'command', request, command: 'stop' }));
  }

  async resume(): Promise<void> {
    await this.request(request => ({ type: 'command', request, command: 'resume' }));
  }

  close(): void {
    this.model.off('msg:custom', this.receive);
    this.pending.forEach(({ reject }) => reject(new Error('The view was closed.')));
    this.pending.clear();
  }

  private update(change: Partial<JobState>): void {
    this.current = { ...this.current, ...change };
    this.listeners.notify();
  }

  private take({ version, now, view }: Saved): void {
    this.asked = false;
    this.version = version;
    // Entries between those asked for and the new first one are gone from here: begin again at the view's page.
    const joined = this.current.earlier.at(-1)?.id === view.first_item - 1;
    const earlier = joined ? this.current.earlier : [];
    this.update({ view, earlier, connection: 'live', clockOffset: now - Date.now() });
  }

  private askFull(): void {
    if (!this.asked) {
      this.asked = true;
      this.model.send({ type: 'full', have: this.version });
    }
  }

  private readonly receive = (content: unknown): void => {
    const message = readMessage(content);
    if (message) {
      this.handle(message);
    }
  };

  private handle(message: FromKernel): void {
    if (message.type === 'full') {
      this.take(message);
    } else if (message.type === 'delta') {
      this.change(message);
    } else if (message.type === 'page') {
      const first = this.current.earlier[0]?.id ?? this.current.view?.first_item ?? 0;
      const items = message.items.filter(item => item.id < first);
      this.update({ earlier: [...items, ...this.current.earlier], loadingEarlier: false });
    } else if (message.type === 'answer') {
      this.answer(message);
    }
  }

  private change({ base, version, now, delta }: Extract<FromKernel, { type: 'delta' }>): void {
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

  private answer({ request, output, error }: Extract<FromKernel, { type: 'answer' }>): void {
    const pending = this.pending.get(request);
    this.pending.delete(request);
    if (error !== undefined) {
      pending?.reject(new Error(error));
    } else {
      pending?.resolve(output);
    }
  }

  private async request(message: (request: string) => ToKernel): Promise<OutputText | undefined> {
    this.requests += 1;
    const request = `${this.identity}-${this.requests}`;
    const slow = setTimeout(() => this.update({ notice: BUSY }), SLOW_MILLISECONDS);
    try {
      const output = await new Promise<OutputText | undefined>((resolve, reject) => {
        this.pending.set(request, { resolve, reject });
        this.model.send(message(request));
      });
      this.update({ notice: '' });
      return output;
    } catch (error) {
      this.update({ notice: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }
}
