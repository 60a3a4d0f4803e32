import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OffsetList, OrderMismatchError, readAfter } from '../../../adapters/shared/offset-pager.js';

interface Item {
  readonly group: number;
  readonly name: number;
}

interface Upstream extends OffsetList<Item, Item> {
  readonly rows: Item[];
  calls: number;
}

interface UpstreamOptions {
  readonly rows: readonly Item[];
  readonly trusted?: 'all' | 'group' | 'nothing';
  readonly maxPage?: number;
  /** What the upstream keeps from this reader; its offsets count them all the same. With `refill`, pages are filled up with what follows. */
  readonly withheld?: (row: Item) => boolean;
  readonly refill?: boolean;
  /** Runs before each answer: what other people do to the list meanwhile. */
  readonly meanwhile?: (rows: Item[]) => void;
}

const byGroup = (a: Item, b: Item) => a.group - b.group;
const byAll = (a: Item, b: Item) => a.group - b.group || a.name - b.name;
/** An order of the upstream's own among equals, the same all the time. */
const scramble = (item: Item) => (item.name * 7919) % 101;
const UPSTREAM_ORDER = {
  all: byAll,
  group: (a: Item, b: Item) => byGroup(a, b) || scramble(a) - scramble(b) || a.name - b.name,
  nothing: (a: Item, b: Item) => scramble(a) - scramble(b) || byAll(a, b),
};

function upstream({
  rows: initial,
  trusted = 'all',
  maxPage = 40,
  withheld = () => false,
  refill = false,
  meanwhile,
}: UpstreamOptions): Upstream {
  const order = UPSTREAM_ORDER[trusted];
  const rows = [...initial].sort(order);
  return {
    rows,
    calls: 0,
    maxPage,
    async fetchPage(offset, limit) {
      expect(limit).toBeLessThanOrEqual(maxPage);
      this.calls += 1;
      if (this.calls > 5000) throw new Error('The pager does not come to an end.');
      meanwhile?.(rows);
      rows.sort(order);
      const items: Item[] = [];
      let end = offset;
      while (end < rows.length && (refill ? items.length < limit : end < offset + limit)) {
        const row = rows[end];
        if (row !== undefined && !withheld(row)) items.push(row);
        end += 1;
      }
      return { items, hasMore: rows.length > end, end };
    },
    keyOf: (item) => item,
    compare: byAll,
    compareTrusted: trusted === 'all' ? byAll : trusted === 'group' ? byGroup : () => 0,
  };
}

function numbered(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ group: index, name: 0 }));
}

async function walk(list: Upstream, limit: number, hint: (offset: number) => number | undefined = (offset) => offset) {
  const read: Item[] = [];
  let from: { anchor?: Item; offset?: number } = {};
  for (;;) {
    const page = await readAfter(list, { ...from, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    read.push(...page.items);
    const anchor = page.items.at(-1);
    if (anchor === undefined || !page.hasMore) return read;
    const offset = hint(page.nextOffset);
    from = { anchor, ...(offset === undefined ? {} : { offset }) };
  }
}

const item = fc.record({ group: fc.integer({ min: 0, max: 30 }), name: fc.integer({ min: 0, max: 60 }) });
const distinctItems = (maxLength: number) =>
  fc.uniqueArray(item, { maxLength, selector: (x) => `${x.group}/${x.name}` });

describe('readAfter', () => {
  it('takes one call per page when nothing changes and the hint is passed on', async () => {
    const list = upstream({ rows: numbered(100) });
    expect(await walk(list, 20)).toEqual(numbered(100));
    expect(list.calls).toBe(5);
  });

  it('finds its place without a hint in a number of calls that grows with the logarithm', async () => {
    const list = upstream({ rows: numbered(100_000), maxPage: 100 });
    const page = await readAfter(list, { anchor: { group: 77_777, name: 0 }, limit: 3 });
    expect(page.items.map((found) => found.group)).toEqual([77_778, 77_779, 77_780]);
    expect(list.calls).toBeLessThan(25);
  });

  it('recovers from a hint past the end at the cost of one call', async () => {
    const list = upstream({ rows: numbered(30) });
    const page = await readAfter(list, { anchor: { group: 3, name: 0 }, limit: 2, offset: 1_000_000 });
    expect(page.items.map((found) => found.group)).toEqual([4, 5]);
    expect(list.calls).toBe(2);
  });

  it('reads on after an anchor that is gone, and gives it when it is wanted and there', async () => {
    const list = upstream({ rows: numbered(50).filter((row) => row.group !== 20) });
    const gone = { group: 20, name: 0 };
    expect((await readAfter(list, { anchor: gone, inclusive: true, limit: 1 })).items).toEqual([
      { group: 21, name: 0 },
    ]);
    const there = { group: 30, name: 0 };
    expect((await readAfter(list, { anchor: there, inclusive: true, limit: 1, offset: 31 })).items).toEqual([there]);
  });

  it('does not show hidden items, and goes on behind them', async () => {
    const list = { ...upstream({ rows: numbered(300) }), isHidden: (row: Item) => row.group < 250 };
    const page = await readAfter(list, { limit: 5 });
    expect(page.items.map((found) => found.group)).toEqual([250, 251, 252, 253, 254]);
    expect(page.hasMore).toBe(true);
  });

  it('reports pages that are not in the order it was told to trust', async () => {
    const list = { ...upstream({ rows: numbered(30), trusted: 'nothing' }), compareTrusted: byAll };
    list.rows.reverse();
    const reversed = {
      ...list,
      fetchPage: async () => ({ items: [...numbered(30)].reverse(), hasMore: false, end: 30 }),
    };
    await expect(readAfter(reversed, { limit: 5 })).rejects.toBeInstanceOf(OrderMismatchError);
  });

  it('starts over when the list has shifted by more than pages overlap', async () => {
    const rows = numbered(120);
    let answers = 0;
    const meanwhile = (now: Item[]) => {
      answers += 1;
      if (answers === 2) now.splice(0, 25);
    };
    const list = upstream({ rows, trusted: 'nothing', meanwhile });
    const deleted = new Set([...rows].sort(UPSTREAM_ORDER.nothing).slice(0, 25));
    const read = await walk(list, 200);
    expect(read).toEqual(rows.filter((row) => !deleted.has(row)));
  });

  it('walks any list in its order, whatever the upstream does among equals and whatever the hints say', async () => {
    await fc.assert(
      fc.asyncProperty(
        distinctItems(150),
        fc.constantFrom('all', 'group', 'nothing'),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 11, max: 60 }),
        fc.infiniteStream(fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined })),
        async (rows, trusted, limit, maxPage, hints) => {
          const list = upstream({ rows, trusted, maxPage });
          const read = await walk(list, limit, (offset) => {
            const hint: number | undefined = hints.next().value;
            return hint !== undefined && hint % 3 === 0 ? offset : hint;
          });
          expect(read).toEqual([...rows].sort(byAll));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([true, false])('walks what it may see of a list, with pages filled up: %s', async (refill) => {
    await fc.assert(
      fc.asyncProperty(
        distinctItems(150),
        fc.array(fc.tuple(fc.nat(30), fc.nat(20)), { maxLength: 4 }),
        fc.constantFrom('all', 'group', 'nothing'),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 11, max: 60 }),
        fc.boolean(),
        async (rows, ranges, trusted, limit, maxPage, isHinted) => {
          const withheld = (row: Item) =>
            ranges.some(([start, length]) => row.group >= start && row.group < start + length);
          const list = upstream({ rows, trusted, maxPage, withheld, refill });
          const read = await walk(list, limit, (offset) => (isHinted ? offset : undefined));
          expect(read).toEqual(rows.filter((row) => !withheld(row)).sort(byAll));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads what is there throughout exactly once while others insert and delete before every answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        distinctItems(120),
        distinctItems(120),
        fc.constantFrom('all', 'group', 'nothing'),
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 15, max: 60 }),
        fc.array(fc.record({ count: fc.integer({ min: 0, max: 30 }), isInsert: fc.boolean() }), { maxLength: 40 }),
        async (staying, others, trusted, limit, maxPage, changes) => {
          const key = (x: Item) => `${x.group}/${x.name}`;
          const stays = new Set(staying.map(key));
          const passing = others.filter((other) => !stays.has(key(other)));
          const absent = [...passing];
          const present: Item[] = [];
          const pending = [...changes];
          const meanwhile = (rows: Item[]) => {
            const change = pending.shift();
            if (change === undefined) return;
            const [source, target] = change.isInsert ? [absent, present] : [present, absent];
            const moved = source.splice(0, change.count);
            target.push(...moved);
            if (change.isInsert) rows.push(...moved);
            else for (const gone of moved) rows.splice(rows.indexOf(gone), 1);
          };
          const list = upstream({ rows: staying, trusted, maxPage, meanwhile });
          const read = await walk(list, limit);
          expect(read.filter((found) => stays.has(key(found)))).toEqual([...staying].sort(byAll));
          expect(new Set(read.map(key)).size).toBe(read.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
