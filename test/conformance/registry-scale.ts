import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { createModel } from './registry-changes.js';
import { present } from './registry-population.js';
import { call, modelListing, readAll, versionListing, walk } from './registry-walk.js';

const COUNT = 1200;

/** One model with more versions than any page of any upstream holds. */
export function describeScale(harness: RegistryHarness): void {
  let opened: OpenedRegistry;
  let adapter: RegistryAdapter;
  let model: ModelRef;
  let small: ModelRef;

  beforeAll(async () => {
    opened = await harness.open();
    adapter = opened.adapter;
    model = await createModel(opened, 'crowded');
    small = await createModel(opened, 'quiet');
    await opened.createVersions(small, 2);
    await opened.createVersions(model, COUNT);
    await opened.setApprovalStatus({ ...model, version: '3' }, 'APPROVED');
  }, 180_000);
  afterAll(() => opened[Symbol.asyncDispose]());

  const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

  it.each(['ASC', 'DESC'] as const)('is walked whole by number %s, in pages of 200 and of 99', async (direction) => {
    const expected = direction === 'ASC' ? numbers : numbers.toReversed();
    for (const [limit, hint] of [
      [200, undefined],
      [99, () => undefined],
    ] as const) {
      const listing = versionListing(adapter, { model, order: { field: 'NUMBER', direction } });
      const found = await walk(listing, { limit, ...(hint === undefined ? {} : { hint }) });
      expect(found.map((version) => version.number)).toEqual(expected);
    }
  });

  it('is walked whole by creation time, among the versions of others', async () => {
    const listing = versionListing(adapter, { order: { field: 'CREATED_AT', direction: 'DESC' } });
    const found = await readAll(listing);
    expect(new Set(found.map(listing.idOf)).size).toBe(found.length);
    expect(found.length).toBe(COUNT + 2);
  });

  it('goes on from a place in the middle without a hint', async () => {
    const listing = versionListing(adapter, { model, order: { field: 'NUMBER', direction: 'DESC' } });
    const anchor = { name: model.name, version: '601', number: 601, createdAt: null };
    const [known] = await adapter.getVersions([{ ...model, version: '601' }], call());
    const page = await listing.page(3, { anchor: { ...anchor, createdAt: present(known).createdAt } });
    expect(page.items.map((version) => version.number)).toEqual([600, 599, 598]);
  });

  it('has a latest version, and a latest approved one far down', async () => {
    const models = [small, model];
    const latest = (await adapter.getLatestVersions(models, call())).map(present);
    expect(latest.map((version) => version.number)).toEqual([2, COUNT]);
    const approved = await adapter.getLatestVersions(models, { ...call(), approvalStatus: 'APPROVED' });
    expect(approved[0]).toBeNull();
    expect(present(approved[1]).number).toBe(3);
  });

  it('answers for more refs than one upstream call takes', async () => {
    const refs = numbers.filter((number) => number % 4 === 0).map((number) => ({ ...model, version: String(number) }));
    const answers = (await adapter.getVersions(refs, call())).map(present);
    expect(answers.map((version) => version.ref)).toEqual(refs);
  });

  it('finds few among many', async () => {
    const filter = { approvalStatuses: ['APPROVED'] } as const;
    const listing = versionListing(adapter, { order: { field: 'CREATED_AT', direction: 'ASC' }, filter });
    const approved = (await readAll(listing)).filter((version) => version.approvalStatus === 'APPROVED');
    expect(approved.map((version) => version.number)).toEqual([3]);
    expect((await readAll(modelListing(adapter, { direction: 'ASC' }))).map((found) => found.ref)).toEqual([
      model,
      small,
    ]);
  });
}
