import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modelHint, versionHint } from '../../../adapters/sagemaker/hint.js';
import { readPage } from '../../../adapters/sagemaker/listing.js';
import { secondOf } from '../../../adapters/sagemaker/search.js';
import { DisorderError, type Listing } from '../../../adapters/sagemaker/walk.js';
import type { ModelAnchor, Page, Position, VersionAnchor } from '../../../src/domain/page.js';

const site = { registryId: 'prod', operation: 'list' };

// The real engine gives no two versions the same millisecond, so what several of one millisecond do to a walk is tried here: on pages in an
// order by time alone, in which ties lie anyhow.

function listingOf(versions: readonly VersionAnchor[]): Listing<VersionAnchor, VersionAnchor> {
  const time = ({ createdAt }: VersionAnchor) => createdAt ?? '';
  const compare = (a: string | number, b: string | number) => (a === b ? 0 : a < b ? -1 : 1);
  return {
    site,
    sources: ['own'],
    async read(_, { token, size, bound }) {
      const found = versions
        .filter((version) => bound === null || time(version) >= bound)
        .toSorted((a, b) => compare(time(a), time(b)));
      const start = Number(token ?? 0);
      const end = start + size;
      return { items: found.slice(start, end), next: end < found.length ? String(end) : undefined, total: undefined };
    },
    anchorOf: (version) => version,
    compare: (a, b) => compare(time(a), time(b)) || compare(a.name, b.name) || a.number - b.number,
    tie: time,
    keep: () => true,
    bound: (anchor) => secondOf(time(anchor)),
    scope: 'test',
    hint: versionHint,
    size: (limit, isContinued) => Math.min(100, isContinued ? 2 * limit + 3 : limit + 1),
  };
}

async function walk(
  listing: Listing<VersionAnchor, VersionAnchor>,
  limit: number,
  withHints: boolean,
): Promise<string[]> {
  const found: string[] = [];
  let after: Position<VersionAnchor> | undefined;
  for (;;) {
    const page: Page<VersionAnchor> = await readPage(listing, after, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ name, version }) => `${name}/${version}`));
    const anchor = page.items.at(-1);
    if (anchor === undefined || !page.hasMore) return found;
    expect(page.items.length).toBeGreaterThan(0);
    after = { anchor, ...(withHints && page.nextHint !== undefined ? { hint: page.nextHint } : {}) };
  }
}

const versions = fc
  .array(fc.tuple(fc.constantFrom('a', 'B', 'c-d'), fc.constantFrom(0, 0, 1, 2, 999, 1000, 1001, 2500)), {
    maxLength: 60,
  })
  .map((entries) =>
    entries.map(
      ([name, ms], index): VersionAnchor => ({
        name,
        number: index + 1,
        version: String(index + 1),
        createdAt: new Date(1_800_000_000_000 + ms).toISOString(),
      }),
    ),
  );

it('a walk by time gives each version once, in one order, however ties lie upstream', async () => {
  const shuffled = versions.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
  await fc.assert(
    fc.asyncProperty(shuffled, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (all, limit, withHints) => {
      const listing = listingOf(all);
      const expected = all.toSorted(listing.compare).map(({ name, version }) => `${name}/${version}`);
      expect(await walk(listing, limit, withHints)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

// The real engine's tokens name the next item; here they count, as an upstream's may: what is added in front moves every later page back.
interface Counted extends Listing<ModelAnchor, ModelAnchor> {
  reads: number;
}

function counted(
  names: () => readonly string[],
  options: { size?: number; keep?: (name: string) => boolean; shared?: readonly string[] } = {},
): Counted {
  const listing: Counted = {
    reads: 0,
    site,
    sources: options.shared === undefined ? ['own'] : ['own', 'shared'],
    async read(source, { token, size }) {
      const all = source === 'own' ? names() : (options.shared ?? []);
      listing.reads += 1;
      const start = Number(token ?? 0);
      const items = all.slice(start, start + size).map((name) => ({ name }));
      const end = start + size;
      return { items, next: end < all.length ? String(end) : undefined, total: undefined };
    },
    anchorOf: (model) => model,
    compare: (a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1),
    tie: null,
    keep: ({ name }) => options.keep?.(name) ?? true,
    bound: () => null,
    scope: 'test',
    hint: modelHint,
    size: (limit) => options.size ?? limit,
  };
  return listing;
}

async function walkNames(listing: Counted, limit: number, between: () => void = () => {}): Promise<string[]> {
  const found: string[] = [];
  let after: Position<ModelAnchor> | undefined;
  for (;;) {
    const { items, hasMore, nextHint } = await readPage(listing, after, limit);
    found.push(...items.map(({ name }) => name));
    const anchor = items.at(-1);
    if (!hasMore) return found;
    if (anchor === undefined) throw new Error('There is more, and nothing to go on from.');
    after = { anchor, ...(nextHint === undefined ? {} : { hint: nextHint }) };
    between();
  }
}

const numbered = (from: number, to: number, step = 1) =>
  Array.from(
    { length: Math.ceil((to - from) / step) },
    (_, index) => `g${String(from + index * step).padStart(4, '0')}`,
  );

it('what is there throughout is read once, however many are added anywhere between two reads', async () => {
  const added = fc.array(fc.array(fc.integer({ min: 0, max: 199 }), { maxLength: 4 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      added,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      async (adds, limit, size) => {
        const there = numbered(0, 200, 4);
        let names: readonly string[] = there;
        const pending = [...adds];
        const listing = counted(
          () => {
            const more = (pending.shift() ?? []).map((number) => `g${String(number).padStart(4, '0')}`);
            names = [...new Set([...names, ...more])].toSorted();
            return names;
          },
          { size },
        );
        const found = await walkNames(listing, limit);
        expect(new Set(found).size).toBe(found.length);
        expect(found).toEqual(found.toSorted());
        expect(found.filter((name) => there.includes(name))).toEqual(there);
      },
    ),
    { numRuns: 300 },
  );
});

it('one that is added in front between two pages costs no further read', async () => {
  let names = numbered(10, 40);
  const listing = counted(() => names, { size: 10 });
  const first = await readPage(listing, undefined, 10);
  names = ['g0000', ...names];
  const anchor = first.items.at(-1);
  if (anchor === undefined || first.nextHint === undefined) throw new Error('The first page has no end.');
  const second = await readPage(listing, { anchor, hint: first.nextHint }, 9);
  expect(second.items.map(({ name }) => name)).toEqual(numbered(20, 29));
  expect(listing.reads).toBe(2);
});

it('a page that begins too early and does not show where it belongs is read anew from the start', async () => {
  let names = numbered(10, 40);
  const listing = counted(() => names, { size: 10 });
  const first = await readPage(listing, undefined, 10);
  names = [...numbered(0, 3), 'g0018x', ...names].toSorted().filter((name) => name !== 'g0019');
  const anchor = first.items.at(-1);
  if (anchor === undefined || first.nextHint === undefined) throw new Error('The first page has no end.');
  const second = await readPage(listing, { anchor, hint: first.nextHint }, 5);
  expect(second.items.map(({ name }) => name)).toEqual(numbered(20, 25));
});

it('an order that is not ours shows itself within a page, or the whole list is read', async () => {
  await expect(
    readPage(
      counted(() => ['a', 'B', 'c'], { size: 3 }),
      undefined,
      3,
    ),
  ).rejects.toThrow(DisorderError);
  const ignoringCase = counted(() => ['B', 'c', 'D', 'e'], { size: 2 });
  expect((await readPage(ignoringCase, undefined, 4)).items.map(({ name }) => name)).toEqual(['B', 'D', 'c', 'e']);
});

it('a filter that passes little makes pages short, never empty before the end', async () => {
  const sparse = counted(() => numbered(0, 300), { size: 10, keep: (name) => name === 'g0003' || name === 'g0222' });
  const { items, hasMore } = await readPage(sparse, undefined, 5);
  expect([items.length, hasMore, sparse.reads]).toEqual([1, true, 5]);
  expect(await walkNames(sparse, 5)).toEqual(['g0003', 'g0222']);
});

it('a source that was not read as far as another holds back what comes later', async () => {
  const own = counted(() => numbered(0, 300), {
    size: 10,
    shared: ['g0001x', 'g0150x'],
    keep: (name) => /x|9$/.test(name),
  });
  expect(await walkNames(own, 7)).toEqual(
    [...numbered(0, 300).filter((name) => name.endsWith('9')), 'g0001x', 'g0150x'].toSorted(),
  );
});

it('a search that finds nothing does not go on for ever', async () => {
  const none = counted(() => numbered(0, 5000), { size: 10, keep: () => false });
  await expect(readPage(none, undefined, 5)).rejects.toMatchObject({ code: 'COST_EXCEEDED', ...site });
  expect(none.reads).toBe(100);
});
