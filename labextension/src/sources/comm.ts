// A job over a widget's comm: a full view, then deltas in sequence; asks for a full view again when one is missing.

import type { OutputText } from '../view';
import { type FromKernel, readMessage, type ToKernel, type WidgetModel } from './messages';
import { type FullView, JobSequence } from './sequence';
import type { JobSource, JobState } from './source';

interface Pending {
  resolve: (output: OutputText | undefined) => void;
  reject: (reason: Error) => void;
}

/** After this long without an answer the person is told why. */
export const SLOW_MILLISECONDS = 2_000;
const BUSY = 'The kernel is busy; it will do this as soon as it can answer.';

export class CommSource implements JobSource {
  private readonly sequence = new JobSequence(() => this.model.send({ type: 'full', have: this.sequence.version }));
  private requests = 0;
  private readonly pending = new Map<string, Pending>();
  private readonly identity = Math.random().toString(36).slice(2);

  constructor(private readonly model: WidgetModel) {
    const saved = model.get('view') as FullView | null | undefined;
    if (saved?.view) {
      this.sequence.take(saved);
    }
    model.on('msg:custom', this.receive);
    this.sequence.askFull();
  }

  state(): JobState {
    return this.sequence.current;
  }

  subscribe(listener: () => void): () => void {
    return this.sequence.subscribe(listener);
  }

  loadEarlier(): void {
    const before = this.sequence.first();
    if (before > 0 && !this.sequence.current.loadingEarlier) {
      this.model.send({ type: 'page', before });
      this.sequence.update({ loadingEarlier: true });
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

  private readonly receive = (content: unknown): void => {
    const message = readMessage(content);
    if (message) {
      this.handle(message);
    }
  };

  private handle(message: FromKernel): void {
    if (message.type === 'full') {
      this.sequence.take(message);
    } else if (message.type === 'delta') {
      this.sequence.change(message);
    } else if (message.type === 'page') {
      this.sequence.addEarlier(message.items);
    } else if (message.type === 'answer') {
      this.answer(message);
    }
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
    const slow = setTimeout(() => this.sequence.update({ notice: BUSY }), SLOW_MILLISECONDS);
    try {
      const output = await new Promise<OutputText | undefined>((resolve, reject) => {
        this.pending.set(request, { resolve, reject });
        this.model.send(message(request));
      });
      this.sequence.update({ notice: '' });
      return output;
    } catch (error) {
      this.sequence.update({ notice: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }
}
