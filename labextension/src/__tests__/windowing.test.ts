import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heights, piecesOf } from '../windowing';

const total = (heights: Heights, count: number, start: number, stop: number, kept: number | null) =>
  piecesOf(heights, count, start, stop, kept).reduce(
    (sum, piece) => sum + ('gap' in piece ? piece.gap : heights.top(piece.row + 1) - heights.top(piece.row)),
    0
  );

describe('a window on a long list', () => {
  it('takes the room of the whole list, whatever is drawn and measured', () => {
    const row = fc.nat(99);
    fc.assert(
      fc.property(
        row,
        row,
        fc.option(row),
        fc.array(fc.tuple(row, fc.integer({ min: 1, max: 500 }))),
        (a, b, kept, seen) => {
          const heights = new Heights(30);
          seen.forEach(([at, pixels]) => heights.set(at, pixels));
          const [start, stop] = [Math.min(a, b), Math.max(a, b)];
          expect(total(heights, 100, start, stop, kept)).toBeCloseTo(heights.top(100));
          const drawn = piecesOf(heights, 100, start, stop, kept).flatMap(piece => ('row' in piece ? [piece.row] : []));
          expect(drawn).toEqual([...new Set(drawn)].sort((one, other) => one - other));
          expect(drawn).toHaveLength(stop - start + Number(kept !== null && (kept < start || kept >= stop)));
        }
      )
    );
  });

  it('finds the row at a place', () => {
    const heights = new Heights(10);
    heights.set(0, 100);
    expect([heights.at(0, 5), heights.at(99, 5), heights.at(100, 5), heights.at(115, 5), heights.at(900, 5)]).toEqual([
      0, 0, 1, 2, 4
    ]);
  });

  it('expects of unseen rows what those that were seen have', () => {
    const heights = new Heights(10);
    for (let row = 0; row < 5; row += 1) {
      heights.set(row, 50);
    }
    expect(heights.top(100)).toBe(5000);
    expect(heights.set(4, 50.9)).toBe(false);
    heights.clear();
    expect(heights.top(100)).toBe(1000);
  });
});
