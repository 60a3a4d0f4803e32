import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Keyset, readKeysetPage } from '../../../adapters/sagemaker/keyset.js';
import type { SearchPage } from '../../../adapters/sagemaker/search.js';
import { UnavailableError } from '../../../src/domain/errors.js';

// What the real engine does not do, or not on command: items that move between two pages, tokens that count, a search that leaves something out.

const site = { registryId: 'prod', operation: 'walkVersions' };
const SIZE = 10;
const START = Date.parse('2026-09-01T08:00:00.000Z');

interface Item {
  readonly id: number;
  /** Undefined: never modified. */
  at: number | undefined;
}

type Tokens = 'count' | 'name the last item';

interface Upstream {
  readonly items: Item[];
  readonly keyset: Keyset<Item>;
  readonly reads: { from: string | null; token: string | undefined }[];
  tamper: (page: SearchPage<Item>) => SearchPage<Item>;
}

function upstreamOf(items: Item[], tokens: Tokens): Upstream {
  const upstream: Upstream = {
    items,
    reads: [],
    tamper: (page) => page,
    keyset: {
      site,
      sources: ['own'],
      timeOf: ({ at }) => (at === undefined ? undefined : new Date(at)),
      async read(_, { from, token }) {
        upstream.reads.push({ from, token });
        const bound = from === null ? 0 : Date.parse(`${from}Z`);
        const matching = items.filter(({ at }) => at === undefined || at >= bound).toSorted(compare);
        const start = token === undefined ? 0 : startOf(tokens, token, matching);
        const end = start + SIZE;
        const last = matching[end - 1];
        const next = end >= matching.length || last === undefined ? undefined : tokenOf(tokens, end, last);
        return upstream.tamper({
          items: matching.slice(start, end).map((item) => ({ ...item })),
          next,
          total: { value: matching.length, exact: true },
        });
      },
    },
  };
  return upstream;
}

function tokenOf(tokens: Tokens, end: number, last: Item): string {
  return tokens === 'count' ? String(end) : JSON.stringify(last);
}

function startOf(tokens: Tokens, token: string, matching: readonly Item[]): number {
  if (tokens === 'count') return Number(token);
  const last = JSON.parse(token) as Item;
  const found = matching.findIndex((item) => compare(item, last) > 0);
  return found === -1 ? matching.length : found;
}

/** What has no time comes last. */
function compare(a: Item, b: Item): number {
  return (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY) || a.id - b.id || 0;
}

async function walk({ keyset }: Upstream, options: { since?: string; between?: (page: number) => void } = {}) {
  const met = new Set<number>();
  let after: string | undefined;
  for (let pages = 1; pages < 1000; pages += 1) {
    const { items, next } = await readKeysetPage(keyset, options.since ?? null, after);
    for (const { id } of items) met.add(id);
    if (next === null) return met;
    after = next;
    options.between?.(pages);
  }
  throw new Error('The walk did not come to an end.');
}

function spread(count: number, perSecond: number): Item[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    at: START + Math.floor(id / perSecond) * 1000 + (id % perSecond),
  }));
}

type Move = { readonly kind: 'modify' | 'delete' | 'add'; readonly index: number };
const moves = fc.array(
  fc.array(
    fc.record({ kind: fc.constantFrom<Move['kind']>('modify', 'modify', 'delete', 'add'), index: fc.nat(200) }),
    { maxLength: 6 },
  ),
  { maxLength: 40 },
);

/** Applies one batch of moves, with times after all others. @returns What has been deleted. */
function apply(upstream: Upstream, batch: readonly Move[], clock: { ms: number }): number[] {
  const { items } = upstream;
  return batch.flatMap(({ kind, index }) => {
    clock.ms += 700;
    const at = clock.ms;
    const found = items[index % Math.max(items.length, 1)];
    if (kind === 'add') items.push({ id: 10_000 + clock.ms, at });
    else if (kind === 'modify' && found !== undefined) found.at = at;
    else if (found !== undefined) {
      items.splice(items.indexOf(found), 1);
      return [found.id];
    }
    return [];
  });
}

/** Ids of what was there from the first page to the last, and was not met. */
async function missedBy(upstream: Upstream, batches: readonly (readonly Move[])[]): Promise<number[]> {
  const clock = { ms: START + 3_600_000 };
  const wanted = new Set(upstream.items.map(({ id }) => id));
  const met = await walk(upstream, {
    between: (page) => {
      for (const id of apply(upstream, batches[page - 1] ?? [], clock)) wanted.delete(id);
    },
  });
  return [...wanted].filter((id) => !met.has(id));
}

function timeOf({ items }: Upstream, id: number): number | undefined {
  return items.find((item) => item.id === id)?.at;
}

describe('a walk by the time of modification', () => {
  it.each<[Tokens, number]>([
    ['count', 4],
    ['name the last item', 4],
    // Only a token gets past more items of one second than a page holds; one that counts may then lose some, as it always would.
    ['name the last item', 40],
  ])(
    'meets all that is there throughout, whatever moves meanwhile: tokens %s, %i a second',
    async (tokens, perSecond) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(90), moves, async (count, batches) => {
          expect(await missedBy(upstreamOf(spread(count, perSecond), tokens), batches)).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
  );

  it('meets what has no such time and stays as it is, or says that it could not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.nat(25), moves, async (count, unmodified, batches) => {
        const never = Array.from({ length: unmodified }, (_, index) => ({ id: 5000 + index, at: undefined }));
        const upstream = () => upstreamOf([...spread(count, 4), ...never], 'name the last item');
        expect(await missedBy(upstream(), [])).toEqual([]);
        // The next poll meets what gets its first time meanwhile.
        const moved = upstream();
        const missed = missedBy(moved, batches)
          .then((ids) => ids.filter((id) => timeOf(moved, id) === undefined))
          .catch((error: unknown) => {
            if (error instanceof UnavailableError) return [];
            throw error;
          });
        expect(await missed).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('begins at the second of the time that it is given', async () => {
    const upstream = upstreamOf(spread(60, 2), 'count');
    const met = await walk(upstream, { since: new Date(START + 25_999).toISOString() });
    expect([...met]).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
    expect(upstream.reads).toEqual([{ from: '2026-09-01T08:00:25', token: undefined }]);
  });

  it('reads each second twice at most where few share one, and by tokens where many do', async () => {
    const few = upstreamOf(spread(100, 1), 'count');
    await walk(few);
    expect(few.reads).toHaveLength(11);
    expect(few.reads.map(({ token }) => token).filter((token) => token !== undefined)).toEqual([]);
    const many = upstreamOf(spread(100, 100), 'count');
    await walk(many);
    expect(many.reads).toHaveLength(10);
  });

  it('goes on from where it was when a token is refused', async () => {
    const upstream = upstreamOf(spread(100, 25), 'count');
    const { read } = upstream.keyset;
    let refusals = 0;
    const keyset: Keyset<Item> = {
      ...upstream.keyset,
      read: (source, place) => {
        if (place.token !== '20' || refusals > 0) return read(source, place);
        refusals += 1;
        return Promise.reject(Object.assign(new Error('Invalid NextToken.'), { name: 'ValidationException' }));
      },
    };
    expect((await walk({ ...upstream, keyset })).size).toBe(100);
    expect(refusals).toBe(1);
  });

  it('goes by tokens alone where the upstream sorts otherwise than asked', async () => {
    const upstream = upstreamOf(spread(60, 1), 'count');
    upstream.tamper = (page) => ({ ...page, items: page.items.toReversed() });
    expect((await walk(upstream)).size).toBe(60);
    expect(upstream.reads.slice(1).map(({ from }) => from)).toEqual([null, null, null, null, null]);
  });

  it.each<[string, (page: SearchPage<Item>) => SearchPage<Item>]>([
    ['a page that ends early', ({ next: _, ...page }) => ({ ...page, next: undefined })],
    ['a page with less than it counts', (page) => ({ ...page, items: page.items.slice(1), next: undefined })],
    ['a page with nothing, and a token', (page) => ({ ...page, items: [] })],
    ['a lower bound that is not reached', (page) => ({ ...page, next: undefined, total: { value: 41, exact: false } })],
  ])('refuses %s', async (_, tamper) => {
    const upstream = upstreamOf(spread(40, 2), 'count');
    upstream.tamper = tamper;
    await expect(walk(upstream)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });

  it('takes an upstream that does not count at its word', async () => {
    const upstream = upstreamOf(spread(7, 2), 'count');
    upstream.tamper = (page) => ({ ...page, total: undefined });
    expect((await walk(upstream)).size).toBe(7);
  });
});
