import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedList } from '../../../src/catalog/snapshot/sorted-list.js';

interface Item {
  readonly key: number;
  readonly id: number;
}

const compare = (a: Item, b: Item) => a.key - b.key || a.id - b.id;

describe('a sorted list', () => {
  it('is as if it were sorted anew, whether few or many changes come between two reads', () => {
    // Ids of a small range, so that most are put anew or removed again; batches on both sides of where sorting in begins.
    const change = fc.record({ id: fc.integer({ min: 0, max: 80 }), key: fc.option(fc.integer({ min: 0, max: 9 })) });
    const batches = fc.array(fc.array(change, { maxLength: 100 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), batches, (initial, changes) => {
        const there = new Map<number, Item>();
        for (const { id, key } of initial) if (key !== null) there.set(id, { id, key });
        const list = new SortedList(there.values(), compare);
        for (const batch of [[], ...changes]) {
          for (const { id, key } of batch) {
            const before = there.get(id);
            if (before !== undefined) list.remove(before);
            there.delete(id);
            if (key === null) continue;
            const item = { id, key };
            list.add(item);
            there.set(id, item);
          }
          expect(list.items).toEqual([...there.values()].sort(compare));
        }
      }),
      { numRuns: 200 },
    );
  });
});
