import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHintStash } from '../../../src/catalog/hint-stash.js';
import { createListCursors } from '../../../src/catalog/list-cursor.js';
import { type LiveList, readLiveList } from '../../../src/catalog/live-list.js';
import { sortedPage } from '../../../src/catalog/sources.js';
import { TimeoutError, UnavailableError } from '../../../src/domain/errors.js';
import type { Position } from '../../../src/domain/page.js';

interface Item {
  readonly source: string;
  readonly key: number;
}

const cursors = createListCursors(['a-secret-of-more-than-thirty-two-characters'], createHintStash());
const compare = (a: Item, b: Item) => a.key - b.key || (a.source < b.source ? -1 : a.source > b.source ? 1 : 0);

/** A list over sources that are plain sets of numbers, read in pages of at most `pageSize`. */
function listOver(
  sources: Map<string, Set<number>>,
  options: {
    backward?: boolean;
    keep?: (item: Item) => boolean;
    pageSize?: number;
    failing?: Set<string>;
    calls?: string[];
  } = {},
): LiveList<Item, number> {
  const { backward = false, keep = () => true, pageSize = 1000, failing = new Set(), calls = [] } = options;
  const sign = backward ? -1 : 1;
  return {
    fingerprint: 'test',
    compare,
    keep,
    anchorOf: (item) => item.key,
    isFilteredUpstream: false,
    sources: [...sources].map(([name, keys]) => ({
      name,
      registryId: name,
      fetch: async (after: Position<number> | undefined, limit: number) => {
        calls.push(name);
        if (failing.has(name)) throw new UnavailableError('down', { registryId: name });
        const items = [...keys].map((key) => ({ source: name, key }));
        const place =
          after === undefined
            ? undefined
            : { at: { source: name, key: after.anchor }, inclusive: after.inclusive === true };
        return sortedPage(items, (a, b) => sign * (a.key - b.key), place, Math.min(limit, pageSize));
      },
    })),
  };
}

async function walk(
  list: () => LiveList<Item, number>,
  limit: number,
  options: { backward?: boolean; between?: (page: number) => void } = {},
): Promise<Item[]> {
  const { backward = false, between = () => {} } = options;
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 10_000; page += 1) {
    const connection = await readLiveList(list(), { limit, backward, cursor }, cursors);
    const nodes = connection.edges.map((edge) => edge.node);
    if (backward) items.unshift(...nodes);
    else items.push(...nodes);
    if (!(backward ? connection.hasPreviousPage : connection.hasNextPage)) return items;
    cursor = (backward ? connection.startCursor() : connection.endCursor()) ?? undefined;
    expect(cursor).toBeDefined();
    between(page);
  }
  throw new Error('The walk does not end.');
}

const sourcesArbitrary = fc
  .array(fc.uniqueArray(fc.nat(60), { maxLength: 30 }), { minLength: 1, maxLength: 4 })
  .map((lists) => new Map(lists.map((keys, index) => [`s${index}`, new Set(keys)])));

const everything = (sources: Map<string, Set<number>>) =>
  [...sources].flatMap(([source, keys]) => [...keys].map((key) => ({ source, key }))).sort(compare);

describe('a walk over several sources', () => {
  it('gives everything once and in order, at any page size and in both directions', async () => {
    await fc.assert(
      fc.asyncProperty(
        sourcesArbitrary,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (sources, limit, backward) => {
          const items = await walk(() => listOver(sources, { backward, pageSize: 3 }), limit, { backward });
          expect(items).toEqual(everything(sources));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives what is there throughout exactly once while items come and go', async () => {
    const changes = fc.array(fc.record({ add: fc.boolean(), source: fc.nat(3), key: fc.nat(60) }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        sourcesArbitrary,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        changes,
        async (sources, limit, backward, edits) => {
          const throughout = new Set(everything(sources).map((item) => JSON.stringify(item)));
          const items = await walk(() => listOver(sources, { backward }), limit, {
            backward,
            between: () => {
              const edit = edits.pop();
              const keys = edit === undefined ? undefined : sources.get(`s${edit.source}`);
              if (edit === undefined || keys === undefined) return;
              if (edit.add) keys.add(edit.key);
              else keys.delete(edit.key);
              if (!edit.add) throughout.delete(JSON.stringify({ source: `s${edit.source}`, key: edit.key }));
            },
          });
          const seen = items.map((item) => JSON.stringify(item));
          for (const item of throughout) expect(seen.filter((other) => other === item)).toHaveLength(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('goes back from any edge to exactly what stood before it, and on from there again', async () => {
    await fc.assert(
      fc.asyncProperty(sourcesArbitrary, fc.integer({ min: 1, max: 7 }), fc.nat(), async (sources, limit, pick) => {
        const all = everything(sources);
        fc.pre(all.length > 0);
        const forward = await readLiveList(
          listOver(sources),
          { limit: 200, backward: false, cursor: undefined },
          cursors,
        );
        const index = pick % all.length;
        const before = forward.edges[index]?.cursor();
        const back = await readLiveList(
          listOver(sources, { backward: true }),
          { limit, backward: true, cursor: before },
          cursors,
        );
        expect(back.edges.map((edge) => edge.node)).toEqual(all.slice(Math.max(0, index - limit), index));
        expect(back.hasPreviousPage).toBe(index > limit);
        if (back.edges.length === 0) return;
        const again = await readLiveList(
          listOver(sources),
          { limit, backward: false, cursor: back.edges[0]?.cursor() },
          cursors,
        );
        const from = Math.max(0, index - limit) + 1;
        expect(again.edges.map((edge) => edge.node)).toEqual(all.slice(from, from + limit));
      }),
      { numRuns: 300 },
    );
  });

  it('finds the few matches of a filter without reading more pages at once than allowed', async () => {
    const sources = new Map([
      ['rare', new Set(Array.from({ length: 900 }, (_, index) => index))],
      ['other', new Set([5, 450, 899])],
    ]);
    const keep = (item: Item) => item.source === 'other' || item.key % 300 === 299;
    const calls: string[] = [];
    const page = await readLiveList(
      listOver(sources, { keep, pageSize: 20, calls }),
      { limit: 50, backward: false, cursor: undefined },
      cursors,
    );
    expect(calls.filter((name) => name === 'rare')).toHaveLength(5);
    expect(page.hasNextPage).toBe(true);
    const items = await walk(() => listOver(sources, { keep, pageSize: 20 }), 50);
    expect(items.map((item) => item.key)).toEqual([5, 299, 450, 599, 899, 899]);
  });

  it('asks each source once for a page that each can fill', async () => {
    const sources = new Map(['a', 'b', 'c'].map((name) => [name, new Set(Array.from({ length: 100 }, (_, i) => i))]));
    const calls: string[] = [];
    await readLiveList(listOver(sources, { calls }), { limit: 50, backward: false, cursor: undefined }, cursors);
    expect(calls.toSorted()).toEqual(['a', 'b', 'c']);
  });
});

describe('a count', () => {
  it('is the same on every page of a walk', async () => {
    const sources = new Map([
      ['a', new Set([1, 3, 5, 7])],
      ['b', new Set([2, 4])],
    ]);
    const counts: (number | null)[] = [];
    let cursor: string | undefined;
    do {
      const page = await readLiveList(listOver(sources), { limit: 2, backward: false, cursor }, cursors);
      counts.push(page.totalCount());
      cursor = page.hasNextPage ? (page.endCursor() ?? undefined) : undefined;
    } while (cursor !== undefined);
    expect(counts).toEqual([6, 6, 6]);
  });
});

describe('a source that is slow', () => {
  it('is walked to its end, a part in each request', async () => {
    const slow = new Set(Array.from({ length: 60 }, (_, index) => index));
    const keep = (item: Item) => item.key >= 58;
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let request = 0; request < 30; request += 1) {
      let pages = 0;
      const list = listOver(new Map([['slow', slow]]), { keep, pageSize: 4 });
      const [source] = list.sources;
      if (source === undefined) throw new Error('There is one source.');
      const late: typeof source = {
        ...source,
        fetch: (after, limit) => {
          pages += 1;
          if (pages > 2) return Promise.reject(new TimeoutError('late', { registryId: 'slow' }));
          return source.fetch(after, limit);
        },
      };
      const page = await readLiveList({ ...list, sources: [late] }, { limit: 5, backward: false, cursor }, cursors);
      seen.push(...page.edges.map((edge) => edge.node.key));
      if (!page.hasNextPage) break;
      expect(page.unavailable.map(({ error }) => error.code)).toEqual(['UPSTREAM_TIMEOUT']);
      cursor = page.endCursor() ?? undefined;
      expect(cursor).toBeDefined();
    }
    expect(seen).toEqual([58, 59]);
  });
});

describe('a source that fails', () => {
  const sources = new Map([
    ['good', new Set([1, 3, 5])],
    ['bad', new Set([2, 4, 6])],
  ]);

  it('is left out and named, and taken up again where it stood', async () => {
    const failing = new Set(['bad']);
    const first = await readLiveList(
      listOver(sources, { failing }),
      { limit: 2, backward: false, cursor: undefined },
      cursors,
    );
    expect(first.edges.map((edge) => edge.node.key)).toEqual([1, 3]);
    expect(first.unavailable.map((it) => [it.registryId, it.error.code])).toEqual([['bad', 'UPSTREAM_UNAVAILABLE']]);
    failing.clear();
    const second = await readLiveList(
      listOver(sources, { failing }),
      { limit: 10, backward: false, cursor: first.endCursor() ?? undefined },
      cursors,
    );
    expect(second.edges.map((edge) => edge.node.key)).toEqual([2, 4, 5, 6]);
    expect(second.unavailable).toEqual([]);
  });

  it('makes the count inexact', async () => {
    const whole = await readLiveList(listOver(sources), { limit: 10, backward: false, cursor: undefined }, cursors);
    expect([whole.totalCount(), whole.totalCountIsExact]).toEqual([6, true]);
    const part = await readLiveList(
      listOver(sources, { failing: new Set(['bad']) }),
      { limit: 10, backward: false, cursor: undefined },
      cursors,
    );
    expect([part.totalCount(), part.totalCountIsExact]).toEqual([3, false]);
  });
});
