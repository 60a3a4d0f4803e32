import { expect, it } from 'vitest';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import { modelId, versionId } from '../../src/domain/refs.js';
import type { WalkPage, WalkQuery } from '../../src/domain/registry.js';
import type { Population } from './registry-population.js';
import { call } from './registry-walk.js';

/** Everything there is, in records that equal those of single reads: a difference would be taken for a change. */
export function describeWalks(population: () => Population): void {
  it('meets every model as a single read gives it', async () => {
    const { adapter, models } = population();
    const walked = await walkAll<ModelRecord>((query) => adapter.walkModels(query, call()));
    expect(byId(walked.map(plainModel), (model) => modelId(model.ref))).toEqual(
      byId(models.map(plainModel), (model) => modelId(model.ref)),
    );
  });

  it('meets every version as a single read gives it', async () => {
    const { adapter, versions } = population();
    const walked = await walkAll<ModelVersionRecord>((query) => adapter.walkVersions(query, call()));
    expect(byId(walked.map(plainVersion), (version) => versionId(version.ref))).toEqual(
      byId(versions.map(plainVersion), (version) => versionId(version.ref)),
    );
  });

  it('meets at least what was modified since, where the upstream can tell', async () => {
    const { adapter, versions } = population();
    if (!adapter.polling.versionsByModification) return;
    const latest = versions.map(({ updatedAt }) => updatedAt ?? '').reduce((a, b) => (a > b ? a : b));
    const since = new Date(Date.parse(latest) - 1000).toISOString();
    const walked = await walkAll<ModelVersionRecord>((query) =>
      adapter.walkVersions({ ...query, modifiedSince: since }, call()),
    );
    const wanted = versions.filter(({ updatedAt }) => updatedAt !== null && updatedAt >= since);
    expect(walked.map(({ ref }) => versionId(ref))).toEqual(
      expect.arrayContaining(wanted.map(({ ref }) => versionId(ref))),
    );
  });
}

async function walkAll<R>(page: (query: WalkQuery) => Promise<WalkPage<R>>): Promise<R[]> {
  const found: R[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < 1000; pages += 1) {
    const { items, next }: WalkPage<R> = await page(after === null ? {} : { after });
    found.push(...items);
    if (next === null) return found;
    after = next;
  }
  throw new Error('The walk did not come to an end.');
}

function plainModel({ latestVersion: _, latestVersionNames: __, ...model }: ModelRecord) {
  return model;
}

function plainVersion({ aliasNames: _, ...version }: ModelVersionRecord) {
  return version;
}

function byId<R>(records: readonly R[], idOf: (record: R) => string): Record<string, R> {
  return Object.fromEntries(records.map((record) => [idOf(record), record]));
}
