import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WalkedList, walkOffsets } from '../../../adapters/shared/offset-walk.js';

const PAGE = 50;

interface Upstream extends WalkedList<number> {
  readonly rows: number[];
  calls: number;
}

/** Rows in ascending order. `withheld`: what the upstream keeps from this reader, though its offsets count it. */
function upstream(
  initial: readonly number[],
  {
    withheld = () => false,
    meanwhile,
  }: { readonly withheld?: (row: number) => boolean; readonly meanwhile?: (rows: number[], call: number) => void } = {},
): Upstream {
  const rows = [...initial];
  return {
    rows,
    calls: 0,
    pageSize: PAGE,
    keyOf: String,
    async fetchPage(offset) {
      this.calls += 1;
      if (this.calls > 2000) throw new Error('The walk does not come to an end.');
      meanwhile?.(rows, this.calls);
      rows.sort((a, b) => a - b);
      const items = rows.slice(offset, offset + PAGE).filter((row) => !withheld(row));
      const hasMore = rows.length > offset + PAGE;
      // The last page says nothing of what it withholds.
      return { items, hasMore, end: hasMore ? offset + PAGE : offset + items.length };
    },
  };
}

async function walk(list: Upstream): Promise<number[]> {
  const found: number[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await walkOffsets(list, after);
    found.push(...items);
    if (next === null) return found;
    after = next;
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index * 10);

describe('a walk through a list that is paged by offset', () => {
  it.each([
    [0, 1],
    [PAGE, 1],
    [PAGE + 1, 2],
    [4 * PAGE, 5],
  ])('reads %i items in %i calls while nothing moves', async (count, calls) => {
    const list = upstream(numbers(count));
    expect([...new Set(await walk(list))]).toEqual(numbers(count));
    expect(list.calls).toBe(calls);
  });

  it('finds what deletions have moved behind the end of the page before', async () => {
    const gone = (from: number, to: number) => (row: number) => row < from || row >= to;
    for (const [from, to] of [
      // Few, of the start.
      [0, 50],
      // All that the overlap would have shown.
      [350, 500],
      // As many as the whole first page, the sample of it among them.
      [0, 500],
      // Across the edge of the page.
      [200, 900],
    ] as const) {
      const keep = gone(from, to);
      const list = upstream(numbers(200), {
        meanwhile: (rows, call) => {
          if (call === 2) rows.splice(0, rows.length, ...rows.filter(keep));
        },
      });
      expect(await walk(list)).toEqual(expect.arrayContaining(numbers(200).filter(keep)));
    }
  });

  it('comes to an end, with all that may be seen, where items are withheld', async () => {
    for (const withheld of [
      (row: number) => row >= 300 && row < 1500,
      (row: number) => row % 100 !== 0,
      (row: number) => row >= 300,
      () => true,
    ]) {
      const list = upstream(numbers(200), { withheld });
      expect([...new Set(await walk(list))]).toEqual(numbers(200).filter((row) => !withheld(row)));
    }
  });

  it('meets whatever is there throughout, whatever comes and goes', async () => {
    const step = fc.record({
      deletes: fc.array(fc.record({ at: fc.nat(2000), count: fc.integer({ min: 1, max: 80 }) }), { maxLength: 3 }),
      inserts: fc.array(fc.record({ at: fc.nat(2000), count: fc.integer({ min: 1, max: 80 }) }), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 300 }), fc.array(step, { maxLength: 12 }), async (count, steps) => {
        const constant = new Set(numbers(count));
        const list = upstream(numbers(count), {
          meanwhile: (rows, call) => {
            for (const { at, count: size } of steps[call - 1]?.deletes ?? []) {
              for (const row of rows.splice(at % (rows.length + 1), size)) constant.delete(row);
            }
            for (const { at, count: size } of steps[call - 1]?.inserts ?? []) {
              const near = rows[at % (rows.length + 1)] ?? 0;
              for (let index = 1; index <= size; index += 1) rows.push(near + index / 1000);
            }
          },
        });
        expect(await walk(list)).toEqual(expect.arrayContaining([...constant]));
      }),
      { numRuns: 300 },
    );
  });
});
