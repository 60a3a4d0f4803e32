import { describe, expect, it } from 'vitest';
import { type ModelFilter, matchesModel, matchesVersion, type VersionFilter } from '../../src/domain/filters.js';
import type { ModelRecord, ModelVersionRecord, Timestamp } from '../../src/domain/model.js';
import { modelId, versionId } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { expectTotal } from './registry-paging.js';
import type { Population } from './registry-population.js';
import { ids, modelListing, readAll, versionListing, walk } from './registry-walk.js';

/** Values of one filter to try. Typed over all keys: a new filter does not compile until it has its values here. */
type Values<F> = { readonly [K in keyof F]-?: (population: Population) => readonly NonNullable<F[K]>[] };

const MODEL_VALUES: Values<ModelFilter> = {
  name: ({ models }) => [
    { equals: 'fraud-detector' },
    { equals: 'FRAUD-DETECTOR' },
    { contains: 'DETECT' },
    { contains: '_' },
    { contains: '%' },
    { matches: '*-MODEL' },
    { matches: 'fraud?detector' },
    { matches: 'fraud' },
    ...models.map(({ ref }) => ({ equals: ref.name })),
  ],
  names: ({ models }) => [['fraud-detector', 'churn-model', 'no-such-model'], models.map(({ ref }) => ref.name), []],
  nativeIds: ({ models }) => [models.slice(0, 2).map(({ nativeId }) => nativeId), ['nonsense'], []],
  search: () => ['FRAUD', 'payments fraud', 'gold', 'no such words', '%', "it's"],
  owner: () => [{ equals: 'team-risk' }, { contains: 'TEAM' }, { matches: 'team-g*' }, { equals: 'Team-Risk' }],
  hasOwner: () => [true, false],
  tags: () => [
    [{ key: 'tier', values: ['gold'] }],
    [{ key: 'tier' }],
    [{ key: 'tier', absent: true }],
    [{ key: 'tier', values: ['silver', 'gold'] }, { key: 'domain' }],
    [{ key: 'tier', values: [] }],
    [],
  ],
  createdAfter: ({ models }) => times(models.map(({ createdAt }) => createdAt)),
  createdBefore: ({ models }) => times(models.map(({ createdAt }) => createdAt)),
  updatedAfter: ({ models }) => times(models.map(({ updatedAt }) => updatedAt)),
  updatedBefore: ({ models }) => times(models.map(({ updatedAt }) => updatedAt)),
};

const VERSION_VALUES: Values<VersionFilter> = {
  modelName: ({ models }) => [
    { equals: 'fraud-detector' },
    { contains: 'MODEL' },
    { contains: '_' },
    { matches: '*r*' },
    ...models.map(({ ref }) => ({ equals: ref.name })),
  ],
  nativeIds: ({ versions }) => [versions.slice(2, 5).map(({ nativeId }) => nativeId), ['nonsense'], []],
  search: () => ['SPRING', 'candidate fraud', 'no such words', '%'],
  approvalStatuses: () => [['PENDING'], ['APPROVED'], ['REJECTED'], ['APPROVED', 'REJECTED'], []],
  approvalStatusExplicit: () => [true, false],
  registrationStatuses: () => [['READY'], ['PENDING', 'FAILED', 'DELETING'], []],
  stages: () => [['Production'], ['Production', 'Staging'], ['no-such-stage'], []],
  tags: () => [
    [{ key: 'season', values: ['spring'] }],
    [{ key: 'candidate', values: ['c1', 'c3'] }],
    [{ key: 'season' }],
    [{ key: 'candidate', absent: true }],
    [{ key: 'no such key', values: ['x'] }],
  ],
  artifactUris: ({ versions }) => [
    versions.slice(0, 2).flatMap(({ artifacts }) => artifacts.map(({ uri }) => uri)),
    [],
  ],
  createdBy: ({ versions }) => [
    ...versions.flatMap(({ createdBy }) => (createdBy?.name == null ? [] : [{ equals: createdBy.name }])).slice(0, 2),
    { equals: 'nobody' },
    { contains: 'EXAMPLE' },
  ],
  createdAfter: ({ versions }) => times(versions.map(({ createdAt }) => createdAt)),
  createdBefore: ({ versions }) => times(versions.map(({ createdAt }) => createdAt)),
  updatedAfter: ({ versions }) => times(versions.map(({ updatedAt }) => updatedAt)),
  updatedBefore: ({ versions }) => times(versions.map(({ updatedAt }) => updatedAt)),
};

/** A filter narrows always and loses nothing that matches; one that is declared exact lets nothing else through. */
export function describeFilters(population: () => Population): void {
  describe('filters of models', () => {
    it.each(keysOf(MODEL_VALUES))('%s', async (key) => {
      const filters = MODEL_VALUES[key](population()).map((value): ModelFilter => ({ [key]: value }));
      const { adapter, models } = population();
      await tryFilters(adapter.query.modelFilters[key], filters, models, matchesModel, (filter) =>
        hitModels(adapter, filter),
      );
    });

    it('combine with AND', async () => {
      const { adapter, models } = population();
      for (const filter of pairs<ModelFilter>(population(), MODEL_VALUES, adapter.query.modelFilters)) {
        expect(await hitModels(adapter, filter), JSON.stringify(filter)).toEqual(
          matching(models, matchesModel, filter),
        );
      }
    });
  });

  describe('filters of versions', () => {
    it.each(keysOf(VERSION_VALUES))('%s', async (key) => {
      const { adapter, versions, main } = population();
      const filters = VERSION_VALUES[key](population()).map((value): VersionFilter => ({ [key]: value }));
      const exact = adapter.query.versionFilters[key];
      await tryFilters(exact, filters, versions, matchesVersion, (filter) => hitVersions(adapter, filter));
      const ofMain = population().versionsOf(main);
      // The first few are the plain ones; within one model the odd names of others bring nothing new.
      for (const filter of filters.slice(0, 4)) {
        const hits = await hitVersions(adapter, filter, main);
        expectHits(exact, hits, matching(ofMain, matchesVersion, filter), filter);
      }
    });

    it('combine with AND', async () => {
      const { adapter, versions } = population();
      for (const filter of pairs<VersionFilter>(population(), VERSION_VALUES, adapter.query.versionFilters)) {
        expect(await hitVersions(adapter, filter), JSON.stringify(filter)).toEqual(
          matching(versions, matchesVersion, filter),
        );
      }
    });

    it('hold on every page, in every order', async () => {
      const { adapter, versions, main } = population();
      const filter: VersionFilter = { approvalStatuses: ['APPROVED', 'REJECTED'] };
      for (const field of ['NUMBER', 'CREATED_AT'] as const) {
        for (const direction of ['ASC', 'DESC'] as const) {
          const listing = versionListing(adapter, { model: main, filter, order: { field, direction } });
          const found = (await walk(listing, { limit: 2 })).filter((version) => matchesVersion(filter, version));
          const numbers = versions
            .filter((version) => version.ref.name === main.name && matchesVersion(filter, version))
            .map((version) => version.number)
            .toSorted((a, b) => a - b);
          const inOrder = found.map((version) => version.number);
          expect(field === 'NUMBER' ? inOrder : inOrder.toSorted((a, b) => a - b)).toEqual(
            direction === 'DESC' && field === 'NUMBER' ? numbers.toReversed() : numbers,
          );
        }
      }
    });
  });

  it('count what matches', async () => {
    const { adapter, models, versions } = population();
    const byName: ModelFilter = { names: ['fraud-detector', 'churn-model'] };
    if (adapter.query.modelFilters.names) {
      const page = await modelListing(adapter, { direction: 'ASC', filter: byName }).page(1);
      await expectTotal(adapter, 'countsModels', page, matching(models, matchesModel, byName).length);
    }
    const approved: VersionFilter = { approvalStatuses: ['APPROVED'] };
    if (adapter.query.versionFilters.approvalStatuses) {
      const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
      const page = await versionListing(adapter, { order, filter: approved }).page(1);
      await expectTotal(adapter, 'countsVersions', page, matching(versions, matchesVersion, approved).length);
    }
  });
}

async function tryFilters<F, R extends Named>(
  exact: boolean,
  filters: readonly F[],
  records: readonly R[],
  matches: (filter: F, record: R) => boolean,
  find: (filter: F) => Promise<string[]>,
): Promise<void> {
  for (const filter of filters) expectHits(exact, await find(filter), matching(records, matches, filter), filter);
  if (!exact) return;
  // Values that all match everything, or nothing, would let an adapter pass that ignores the filter.
  const counts = filters.map((filter) => matching(records, matches, filter).length);
  expect(
    counts.some((count) => count > 0),
    'the suite needs a value that matches something',
  ).toBe(true);
  expect(
    counts.some((count) => count < records.length),
    'the suite needs a value that does not match all',
  ).toBe(true);
}

function expectHits(exact: boolean, hits: readonly string[], expected: readonly string[], filter: unknown): void {
  if (exact) expect(hits, JSON.stringify(filter)).toEqual(expected);
  else expect(hits, JSON.stringify(filter)).toEqual(expect.arrayContaining([...expected]));
}

type Named = ModelRecord | ModelVersionRecord;

function matching<F, R extends Named>(records: readonly R[], matches: (filter: F, record: R) => boolean, filter: F) {
  return records
    .filter((record) => matches(filter, record))
    .map(keyOf)
    .toSorted();
}

async function hitModels(adapter: RegistryAdapter, filter: ModelFilter): Promise<string[]> {
  return (await readAll(modelListing(adapter, { direction: 'ASC', filter }))).map(keyOf).toSorted();
}

async function hitVersions(
  adapter: RegistryAdapter,
  filter: VersionFilter,
  model?: ModelRecord['ref'],
): Promise<string[]> {
  const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
  const listing = versionListing(adapter, { order, filter, ...(model === undefined ? {} : { model }) });
  return ids(listing, await readAll(listing)).toSorted();
}

function keyOf(record: Named): string {
  return 'version' in record.ref ? versionId(record.ref) : modelId(record.ref);
}

/** The first value of each two filters that are declared exact, together. */
function pairs<F>(population: Population, values: Values<F>, exact: Readonly<Record<keyof F, boolean>>): Partial<F>[] {
  const declared = keysOf(values).filter((key) => exact[key]);
  return declared.flatMap((first, index) =>
    declared.slice(index + 1).map((second) => ({
      ...({ [first]: values[first](population)[0] } as Partial<F>),
      ...({ [second]: values[second](population)[0] } as Partial<F>),
    })),
  );
}

function keysOf<T extends object>(values: T): (keyof T & string)[] {
  return Object.keys(values) as (keyof T & string)[];
}

/** One of the times themselves, since the bounds are exclusive, and one to either side of all. */
function times(known: readonly (Timestamp | null)[]): Timestamp[] {
  const sorted = known.filter((time) => time !== null).toSorted();
  const middle = sorted[Math.floor(sorted.length / 2)];
  return [...(middle === undefined ? [] : [middle]), '2001-01-01T00:00:00.000Z', '2101-01-01T00:00:00.000Z'];
}
