// A job over a widget's comm: a full view, then deltas in sequence; asks for a full view again when one is missing.

import type { Act, Answer, Ask } from '../questions';
import { trans } from '../translation';
import { type AskMessage, type FromKernel, readMessage, type ToKernel, type WidgetModel } from './messages';
import { type FullView, JobSequence } from './sequence';
import { type JobSource, type JobState, words } from './source';

interface Pending {
  resolve: (answer: object) => void;
  reject: (reason: Error) => void;
}

/** After this long without an answer the person is told why. */
export const SLOW_MILLISECONDS = 2_000;

export class CommSource implements JobSource {
  private readonly sequence: JobSequence = new JobSequence(
    () => this.model.send({ type: 'full', have: this.sequence.version }),
    (name, fields) => this.ask(name, fields)
  );
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

  need(start: number, stop: number): void {
    this.sequence.need(start, stop);
  }

  readonly ask: Ask = async (name, fields) => {
    const answer = await this.request(request => ({ type: 'ask', request, question: name, ...fields }) as AskMessage);
    return answer as Answer<typeof name>;
  };

  readonly act: Act = async command => {
    try {
      const answer = await this.request(request => ({ type: 'command', request, ...command }));
      this.sequence.update({ notice: '' });
      return answer;
    } catch (error) {
      this.sequence.update({ notice: words(error) });
      throw error;
    }
  };

  close(): void {
    this.model.off('msg:custom', this.receive);
    this.pending.forEach(({ reject }) => reject(new Error(trans.__('The view was closed.'))));
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
    } else if (message.type === 'answer') {
      this.answer(message);
    }
  }

  private answer(message: Extract<FromKernel, { type: 'answer' }>): void {
    const pending = this.pending.get(message.request);
    this.pending.delete(message.request);
    if (message.error !== undefined) {
      pending?.reject(new Error(message.error));
    } else {
      pending?.resolve(message);
    }
  }

  private async request(message: (request: string) => ToKernel): Promise<object> {
    this.requests += 1;
    const request = `${this.identity}-${this.requests}`;
    const busy = trans.__('The kernel is busy; it will do this as soon as it can answer.');
    const slow = setTimeout(() => this.sequence.update({ notice: busy }), SLOW_MILLISECONDS);
    try {
      return await new Promise<object>((resolve, reject) => {
        this.pending.set(request, { resolve, reject });
        this.model.send(message(request));
      });
    } finally {
      clearTimeout(slow);
      if (this.sequence.current.notice === busy) {
        this.sequence.update({ notice: '' });
      }
    }
  }
}
