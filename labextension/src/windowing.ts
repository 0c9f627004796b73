// Which rows of a long list are drawn: heights as far as they are known, and what of the list is in sight.

/** A drawn row, or the space of rows that are not. */
export type Piece = { row: number } | { gap: number; before: number };

export class Heights {
  private readonly known: number[] = [];
  private offsets: number[] = [0];
  private sum = 0;
  private measured = 0;

  /** @param guess Pixels of a row nobody has seen; replaced by the mean of those that were. */
  constructor(private readonly guess: number) {}

  private get expected(): number {
    return this.measured > 4 ? this.sum / this.measured : this.guess;
  }

  /** Whether that is news. */
  set(row: number, pixels: number): boolean {
    const before = this.known[row];
    // Browsers put table rows on whole pixels, so that one row's height depends on its place.
    if (before !== undefined && Math.abs(before - pixels) <= 1) {
      return false;
    }
    this.sum += pixels - (before ?? 0);
    this.measured += before === undefined ? 1 : 0;
    this.known[row] = pixels;
    this.offsets = [0];
    return true;
  }

  /** Forget all, because they are drawn in another way now. */
  clear(): void {
    this.known.length = 0;
    this.offsets = [0];
    this.sum = this.measured = 0;
  }

  /** Pixels above a row; of `count`, all of them. */
  top(row: number): number {
    const expected = this.expected;
    for (let at = this.offsets.length; at <= row; at += 1) {
      this.offsets.push((this.offsets[at - 1] ?? 0) + (this.known[at - 1] ?? expected));
    }
    return this.offsets[row] ?? 0;
  }

  /** The row at a number of pixels from the top of a list of `count`. */
  at(pixels: number, count: number): number {
    let [low, high] = [0, Math.max(0, count - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.top(middle) <= pixels) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}

/** The rows from `start` to `stop` and one more that stays, with the space between them. */
export function piecesOf(heights: Heights, count: number, start: number, stop: number, kept: number | null): Piece[] {
  const rows = Array.from({ length: Math.max(0, stop - start) }, (_, at) => start + at);
  if (kept !== null && kept < count) {
    if (kept < start) {
      rows.unshift(kept);
    } else if (kept >= stop) {
      rows.push(kept);
    }
  }
  const pieces: Piece[] = [];
  let next = 0;
  for (const row of rows) {
    if (row > next) {
      pieces.push({ gap: heights.top(row) - heights.top(next), before: row });
    }
    pieces.push({ row });
    next = row + 1;
  }
  if (next < count) {
    pieces.push({ gap: heights.top(count) - heights.top(next), before: count });
  }
  return pieces;
}
