import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, type Delta } from '../delta';
import type { JobView } from '../view';
import { example, readExample } from './examples';

describe('applying a delta', () => {
  it('gives what Python gives, for every recorded pair', () => {
    const pairs = readExample<{ old: JobView; delta: Delta; new: JobView }[]>('deltas/pairs');
    expect(pairs.length).toBeGreaterThan(50);
    for (const pair of pairs) {
      expect(applyDelta(pair.old, pair.delta)).toEqual(pair.new);
    }
  });

  it('keeps the objects of rows that did not change, and leaves the old view alone', () => {
    const old = example('finished');
    const copy = structuredClone(old);
    const changed = { ...old.items[2]!, text: 'another' };
    const view = applyDelta(old, { set: { seq: 99 }, items: { put: [changed], drop: [0] } });
    expect(view.seq).toBe(99);
    expect(view.items.map(item => item.id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(view.items[0]).toBe(old.items[1]);
    expect(view.items[1]).toBe(changed);
    expect(view.locals).toBe(old.locals);
    expect(old).toEqual(copy);
  });

  it('makes any list of any other, when told rows and order', () => {
    const names = fc.uniqueArray(fc.string(), { maxLength: 8 });
    fc.assert(
      fc.property(names, names, (before, after) => {
        const variable = (name: string, size: number) => ({ name, type: 't', text: '', size, durable: true, note: '' });
        const old = { ...example('finished'), locals: before.map(name => variable(name, 1)) };
        const rows = after.map(name => variable(name, 2));
        const drop = before.filter(name => !after.includes(name));
        expect(applyDelta(old, { locals: { drop, put: rows, order: after } }).locals).toEqual(rows);
      })
    );
  });
});
