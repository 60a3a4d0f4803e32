import fc from 'fast-check';
import { expect, it } from 'vitest';
import { versionHint } from '../../../adapters/sagemaker/hint.js';
import { type Listing, readPage } from '../../../adapters/sagemaker/listing.js';
import { secondOf } from '../../../adapters/sagemaker/search.js';
import type { Page, Position, VersionAnchor } from '../../../src/domain/page.js';

// The real engine gives no two versions the same millisecond, so what several of one millisecond do to a walk is tried here: on pages in an
// order by time alone, in which ties lie anyhow.

function listingOf(versions: readonly VersionAnchor[]): Listing<VersionAnchor, VersionAnchor> {
  const time = ({ createdAt }: VersionAnchor) => createdAt ?? '';
  const compare = (a: string | number, b: string | number) => (a === b ? 0 : a < b ? -1 : 1);
  return {
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
    expect(page.items).toHaveLength(limit);
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
