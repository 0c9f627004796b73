import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommSource, SLOW_MILLISECONDS } from '../sources/comm';
import type { FromKernel, ToKernel, WidgetModel } from '../sources/messages';
import { entryAt } from '../sources/source';
import { example } from './examples';

class Model implements WidgetModel {
  readonly sent: ToKernel[] = [];
  private receive: ((content: unknown) => void) | undefined;

  constructor(private readonly saved: unknown = null) {}

  get(): unknown {
    return this.saved;
  }

  on(_name: string, callback: (content: never) => void): void {
    this.receive = callback as (content: unknown) => void;
  }

  off(): void {
    this.receive = undefined;
  }

  send(message: ToKernel): void {
    this.sent.push(message);
  }

  get listening(): boolean {
    return this.receive !== undefined;
  }

  kernelSends(message: FromKernel | unknown): void {
    this.receive?.(message);
  }
}

const view = example('finished');
const full = (version: number, change = {}): FromKernel => ({
  type: 'full',
  version,
  now: Date.now(),
  view: { ...view, ...change }
});
const step = (base: number, change = {}): FromKernel => ({
  type: 'delta',
  base,
  version: base + 1,
  now: Date.now(),
  delta: { set: change }
});
const count = (model: Model, type: string) => model.sent.filter(message => message.type === type).length;

describe('a job over a comm', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('shows what came with the widget at once and asks whether it is old', () => {
    const model = new Model({ version: 3, now: Date.now() + 5000, view });
    const source = new CommSource(model);
    expect(source.state().view?.name).toBe('quarter-report');
    expect(source.state().clockOffset).toBeGreaterThan(4900);
    expect(model.sent).toEqual([{ type: 'full', have: 3 }]);
  });

  it('applies deltas in sequence', () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(1));
    model.kernelSends(step(1, { turns: 5 }));
    model.kernelSends(step(2, { turns: 6 }));
    expect(source.state().view?.turns).toBe(6);
    expect(count(model, 'full')).toBe(1);
  });

  it('asks once for the whole view when a delta is missing, and goes on from it', () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(1));
    model.kernelSends(step(2, { turns: 7 }));
    model.kernelSends(step(3, { turns: 8 }));
    expect(source.state().view?.turns).toBe(4);
    expect(model.sent.slice(1)).toEqual([{ type: 'full', have: 1 }]);
    model.kernelSends(full(4, { turns: 8 }));
    model.kernelSends(step(4, { turns: 9 }));
    expect(source.state().view?.turns).toBe(9);
  });

  it('ignores a delta it has had and a message it does not know', () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(5));
    for (const message of [step(3, { turns: 1 }), { type: 'unknown' }, null, 'text', { version: 2 }]) {
      model.kernelSends(message);
    }
    expect(source.state().view?.turns).toBe(4);
    expect(count(model, 'full')).toBe(1);
  });

  it('asks once for a page that is needed, and keeps it', async () => {
    const model = new Model();
    const source = new CommSource(model);
    const items = view.items.map(item => ({ ...item, id: item.id + 100 }));
    model.kernelSends(full(1, { first_item: 100, total_items: 107, items }));
    source.need(97, 103);
    source.need(60, 99);
    const asked = model.sent.filter(message => message.type === 'ask');
    expect(asked).toMatchObject([{ question: 'items', start: 50, stop: 100 }]);
    const page = Array.from({ length: 50 }, (_, at) => ({ ...view.items[0], id: 50 + at, state: 'ok' }));
    model.kernelSends({ type: 'answer', request: (asked[0] as { request: string }).request, items: page });
    await vi.advanceTimersByTimeAsync(0);
    expect(entryAt(source.state(), 97)?.id).toBe(97);
    source.need(50, 107);
    expect(count(model, 'ask')).toBe(1);
    source.need(0, 10);
    expect(count(model, 'ask')).toBe(2);
  });

  it('does not ask again and again for entries that cannot be had', async () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(1, { first_item: 10, total_items: 17 }));
    source.need(0, 10);
    model.kernelSends({ type: 'answer', request: (model.sent.at(-1) as { request: string }).request, error: 'gone' });
    await vi.advanceTimersByTimeAsync(0);
    expect(source.state().notice).toBe('gone');
    source.need(0, 10);
    expect(count(model, 'ask')).toBe(1);
    await vi.advanceTimersByTimeAsync(6_000);
    source.need(0, 10);
    expect(count(model, 'ask')).toBe(2);
  });

  it('keeps entries that leave the page readable', () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(1));
    model.kernelSends({
      type: 'delta',
      base: 1,
      version: 2,
      now: 0,
      delta: { set: { first_item: 2 }, items: { drop: [0, 1] } }
    });
    expect([...source.state().loaded.keys()]).toEqual([0, 1]);
    expect(source.state().view?.items[0]?.id).toBe(2);
  });

  it('resolves an action when the kernel has done it, rejects it with its words, and tells of a slow kernel', async () => {
    const model = new Model();
    const source = new CommSource(model);
    model.kernelSends(full(1));
    const stopped = source.act({ command: 'stop' });
    const request = model.sent.at(-1) as { request: string };
    vi.advanceTimersByTime(SLOW_MILLISECONDS + 1);
    expect(source.state().notice).toContain('kernel is busy');
    model.kernelSends({ type: 'answer', request: request.request });
    await stopped;
    expect(source.state().notice).toBe('');
    const sent = source.act({ command: 'send', text: 'hello' });
    const second = model.sent.at(-1) as { request: string; text: string };
    expect(second.text).toBe('hello');
    model.kernelSends({ type: 'answer', request: second.request, error: 'the job was deleted' });
    await expect(sent).rejects.toThrow('the job was deleted');
    expect(source.state().notice).toBe('the job was deleted');
  });

  it('stops listening when it is closed', async () => {
    const model = new Model();
    const source = new CommSource(model);
    const waiting = source.act({ command: 'resume' });
    source.close();
    await expect(waiting).rejects.toThrow('closed');
    expect(model.listening).toBe(false);
  });
});
