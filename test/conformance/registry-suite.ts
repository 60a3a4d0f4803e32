import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGISTRY_CAPABILITIES } from '../../src/domain/capabilities.js';
import { isRegistryId } from '../../src/domain/refs.js';
import type { RegistryHarness } from './harness.js';
import { describeAliases } from './registry-aliases.js';
import { describeChanges } from './registry-changes.js';
import { describeCreateModel } from './registry-create-model.js';
import { describeDecide } from './registry-decide.js';
import { describeDeletes } from './registry-deletes.js';
import { describeEvidence } from './registry-evidence.js';
import { describeCancelled, describeFaults } from './registry-faults.js';
import { describeFilters } from './registry-filters.js';
import { describeGatedCalls } from './registry-gated-calls.js';
import { describeIncarnations } from './registry-incarnations.js';
import { describeLookups } from './registry-lookups.js';
import { describePaging } from './registry-paging.js';
import { type Population, populate } from './registry-population.js';
import { describeRegisterVersion } from './registry-register-version.js';
import { describeScale } from './registry-scale.js';
import { describeSpelling } from './registry-spelling.js';
import { describeStages } from './registry-stages.js';
import { describeUpdates } from './registry-updates.js';
import { describeVersionFields } from './registry-version-fields.js';
import { call } from './registry-walk.js';
import { describeWalks } from './registry-walks.js';

/**
 * Holds an adapter to the contract of `src/domain/registry.ts`. What is expected of it depends on its own declarations alone: what they promise
 * must hold, and what they do not promise must be refused.
 */
export function describeRegistryAdapter(name: string, harness: RegistryHarness): void {
  describe(`${name} keeps the registry contract`, () => {
    describe('empty', () => describeEmpty(harness));

    describe('populated', () => {
      let population: Population;
      beforeAll(async () => {
        population = await populate(harness);
      }, 120_000);
      afterAll(() => population[Symbol.asyncDispose]());

      describeDeclarations(() => population, harness);
      describe('paging', () => describePaging(() => population));
      describe('walks', () => describeWalks(() => population));
      describe('lookups', () => describeLookups(() => population, harness));
      describe('filters', () => describeFilters(() => population));
    });

    describe('changes during a walk', () => describeChanges(harness));
    describe('gated calls', () => describeGatedCalls(harness));
    describe('createModel', () => describeCreateModel(harness));
    describe('registerVersion', () => {
      describeRegisterVersion(harness);
      describe('fields', () => describeVersionFields(harness));
    });
    describe('another spelling', () => describeSpelling(harness));
    describe('evidence', () => describeEvidence(harness));
    describe('updates', () => describeUpdates(harness));
    describe('deletes', () => describeDeletes(harness));
    describe('incarnations', () => describeIncarnations(harness));
    describe('decide', () => describeDecide(harness));
    describe('aliases', () => describeAliases(harness));
    describe('stages', () => describeStages(harness));
    describe('1,200 versions of one model', () => describeScale(harness));
    describe('a call that was ended before it began', () => describeCancelled(harness));
    if (harness.hasNetwork !== false) describe('faults', () => describeFaults(harness));
  });
}

function describeDeclarations(population: () => Population, harness: RegistryHarness): void {
  it('declares every capability, filter and limit', () => {
    const { adapter } = population();
    expect(isRegistryId(adapter.id)).toBe(true);
    expect(Object.keys(adapter.capabilities).toSorted()).toEqual([...REGISTRY_CAPABILITIES].toSorted());
    const pattern = new RegExp(`^(?:${adapter.limits.modelNamePattern})$`, 'u');
    for (const name of [...harness.oddNames, population().main.name]) expect(name).toMatch(pattern);
    // Such a name would read as a group that another account owns, and its id would be that group's.
    expect('123456789012:name').not.toMatch(pattern);
  });

  it('says whether it is behind a network', () => {
    expect(population().opened.origin === null).toBe(harness.hasNetwork === false);
  });

  it('is well', async () => {
    const results = await population().adapter.check(call());
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) {
      expect(result).toEqual({ name: expect.stringMatching(/./), ok: true, message: expect.stringMatching(/./) });
    }
  });
}

function describeEmpty(harness: RegistryHarness): void {
  it('has nothing, and says so', async () => {
    await using opened = await harness.open();
    const { adapter } = opened;
    const models = await adapter.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 10 }, call());
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
    const versions = await adapter.listVersions({ order, limit: 10 }, call());
    for (const [page, counts] of [
      [models, adapter.query.countsModels],
      [versions, adapter.query.countsVersions],
    ] as const) {
      expect(page.items).toEqual([]);
      expect(page.hasMore).toBe(false);
      expect(page.total?.value).toBe(counts ? 0 : undefined);
    }
    const ref = { registryId: adapter.id, name: 'no-such-model' };
    expect(await adapter.getModels([ref], call())).toEqual([null]);
    expect(await adapter.getVersions([{ ...ref, version: '1' }], call())).toEqual([null]);
    expect(await adapter.getLatestVersions([ref], call())).toEqual([null]);
  });

  it('can be closed twice', async () => {
    const opened = await harness.open();
    await opened.adapter[Symbol.asyncDispose]();
    await opened.adapter[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });
}
