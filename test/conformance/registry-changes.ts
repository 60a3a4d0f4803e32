import { describe, expect, it } from 'vitest';
import type { Direction, VersionOrder } from '../../src/domain/page.js';
import { type ModelRef, type VersionRef, versionId } from '../../src/domain/refs.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { newVersion } from './registry-population.js';
import { call, ids, modelListing, readAll, versionListing, walk } from './registry-walk.js';

const DIRECTIONS: readonly Direction[] = ['ASC', 'DESC'];
const VERSION_ORDERS: readonly VersionOrder[] = DIRECTIONS.flatMap((direction) => [
  { field: 'NUMBER', direction } as const,
  { field: 'CREATED_AT', direction } as const,
]);

const HINTS = {
  kept: (hint: string | undefined) => hint,
  lost: () => undefined,
};

/** What is there throughout a walk appears exactly once, whatever others do meanwhile. */
export function describeChanges(harness: RegistryHarness): void {
  describe.each(['kept', 'lost'] as const)('with hints %s', (hints) => {
    it.each(VERSION_ORDERS)('versions added and deleted during a walk by $field $direction', async (order) => {
      await using opened = await harness.open();
      const { adapter } = opened;
      const model = await createModel(opened, 'walked');
      const refs = await registerMany(opened, model, 9);
      const gone: string[] = [];
      const listing = versionListing(adapter, { model, order });
      const start = ids(listing, await readAll(listing));

      const seen = ids(
        listing,
        await walk(listing, {
          limit: 2,
          hint: HINTS[hints],
          between: async (pages) => {
            // After page one: the last item read (the anchor's own) and one still to come. After page two: the next anchor, and newcomers.
            const doomed = pages === 1 ? [start[1], start[6]] : pages === 2 ? [start[3]] : [];
            for (const id of doomed) {
              const ref = refs.find((candidate) => versionId(candidate) === id);
              if (ref === undefined) throw new Error(`${id} is not one of the versions made.`);
              await opened.deleteVersion(ref);
              gone.push(id ?? '');
            }
            if (pages <= 2) await adapter.registerVersion(newVersion(adapter, model, 20 + pages), call());
          },
        }),
      );

      expect(new Set(seen).size, 'nothing appears twice').toBe(seen.length);
      expect(seen.filter((id) => start.includes(id) && !gone.includes(id))).toEqual(
        start.filter((id) => !gone.includes(id)),
      );
    });

    it.each(DIRECTIONS)('models added and deleted during a walk by name %s', async (direction) => {
      await using opened = await harness.open();
      const { adapter } = opened;
      const names = ['b', 'd', 'f', 'h', 'j', 'l', 'n'].map((letter) => `${letter}-model`);
      for (const name of names) await createModel(opened, name);
      const listing = modelListing(adapter, { direction });
      const start = ids(listing, await readAll(listing));
      const refOf = (index: number) => ({ registryId: adapter.id, name: start[index]?.split('/')[1] ?? '' });

      const seen = ids(
        listing,
        await walk(listing, {
          limit: 2,
          hint: HINTS[hints],
          between: async (pages) => {
            if (pages !== 1) return;
            // One already read, the anchor's own, one still to come; newcomers before and after the place where the walk stands.
            for (const index of [0, 1, 4]) await opened.deleteModel(refOf(index));
            for (const name of ['a-model', 'c-model', 'g-model', 'z-model']) await createModel(opened, name);
          },
        }),
      );

      expect(new Set(seen).size, 'nothing appears twice').toBe(seen.length);
      const throughout = start.filter((_, index) => ![0, 1, 4].includes(index));
      expect(seen.filter((id) => throughout.includes(id))).toEqual(throughout);
    });
  });

  it('goes on from an anchor whose item is gone, inclusive or not', async () => {
    await using opened = await harness.open();
    const { adapter } = opened;
    const model = await createModel(opened, 'walked');
    const refs = await registerMany(opened, model, 5);
    for (const order of VERSION_ORDERS) {
      const listing = versionListing(adapter, { model, order });
      const before = await readAll(listing);
      const doomed = before[1];
      if (doomed === undefined) throw new Error('Too few versions are left.');
      const hint = (await listing.page(2)).nextHint;
      await opened.deleteVersion(doomed.ref);
      const rest = ids(listing, before.slice(2));
      for (const inclusive of [false, true]) {
        for (const hinted of [{}, hint === undefined ? {} : { hint }]) {
          const page = await listing.page(10, { anchor: listing.anchorOf(doomed), inclusive, ...hinted });
          expect(ids(listing, page.items)).toEqual(rest);
        }
      }
      await adapter.registerVersion(newVersion(adapter, model, refs.length), call());
    }
  });

  it('shows what others wrote: statuses, aliases, stages, deletions', async () => {
    await using opened = await harness.open();
    const { adapter } = opened;
    const model = await createModel(opened, 'written');
    const [first, second] = await registerMany(opened, model, 2);
    if (first === undefined || second === undefined) throw new Error('Two versions were expected.');
    const strong = call({ consistency: 'strong' });

    for (const status of ['APPROVED', 'REJECTED', 'PENDING'] as const) {
      await opened.setApprovalStatus(first, status);
      expect(await adapter.getVersions([first], strong)).toMatchObject([{ approvalStatus: status }]);
    }
    if (adapter.capabilities.ALIASES) {
      await opened.setAlias(first, 'champion');
      await opened.setAlias(second, 'champion');
      const expected = [{ name: 'champion', version: second.version }];
      expect(await adapter.getModels([model], strong)).toMatchObject([{ aliases: expected }]);
      expect(await adapter.getVersions([first, second], strong)).toMatchObject([
        { aliasNames: [] },
        { aliasNames: ['champion'] },
      ]);
    }
    await opened.deleteVersion(second);
    expect(await adapter.getVersions([second, first], strong)).toMatchObject([null, { ref: first }]);
    if (adapter.capabilities.ALIASES) expect(await adapter.getModels([model], strong)).toMatchObject([{ aliases: [] }]);
    expect(await adapter.getLatestVersions([model], strong)).toMatchObject([{ ref: first }]);

    // A number names one version for ever: ids are kept by others.
    const third = await adapter.registerVersion(newVersion(adapter, model, 3), call());
    expect(third.number).toBe(3);

    await opened.deleteVersion(first);
    await opened.deleteVersion(third.ref);
    await opened.deleteModel(model);
    expect(await adapter.getModels([model], strong)).toEqual([null]);
    expect(await adapter.getVersions([first], strong)).toEqual([null]);
  });
}

export async function createModel(opened: OpenedRegistry, name: string): Promise<ModelRef> {
  return (await opened.adapter.createModel({ name }, call())).ref;
}

async function registerMany({ adapter }: OpenedRegistry, model: ModelRef, count: number): Promise<VersionRef[]> {
  const refs: VersionRef[] = [];
  for (let index = 1; index <= count; index += 1) {
    refs.push((await adapter.registerVersion(newVersion(adapter, model, index), call())).ref);
  }
  return refs;
}
