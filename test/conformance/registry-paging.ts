import { beforeAll, describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/domain/model.js';
import type { Direction, Position } from '../../src/domain/page.js';
import { namePart } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { Population } from './registry-population.js';
import { call, ids, type Listing, modelListing, readAll, versionListing, walk } from './registry-walk.js';

const DIRECTIONS: readonly Direction[] = ['ASC', 'DESC'];
const GARBAGE = ['garbage', '', '{}', 'eyJvZmZzZXQiOjk5OTl9', '\u0000\ud83d'];

type AnyListing = Listing<{ readonly createdAt: string | null }, unknown>;

interface ListCase {
  readonly name: string;
  readonly listing: (population: Population, direction: Direction, strong?: boolean) => AnyListing;
  readonly expected: (population: Population) => readonly { readonly createdAt: string | null }[];
}

const LISTS: readonly ListCase[] = [
  {
    name: 'models by name',
    listing: ({ adapter }, direction, strong) => widen(modelListing(adapter, { direction }, consistent(strong))),
    expected: ({ models }) => models,
  },
  {
    name: 'versions of one model by number',
    listing: ({ adapter, main }, direction, strong) =>
      widen(versionListing(adapter, { model: main, order: { field: 'NUMBER', direction } }, consistent(strong))),
    expected: (population) => population.versionsOf(population.main),
  },
  {
    name: 'versions of one model by creation time',
    listing: ({ adapter, main }, direction, strong) =>
      widen(versionListing(adapter, { model: main, order: { field: 'CREATED_AT', direction } }, consistent(strong))),
    expected: (population) => population.versionsOf(population.main),
  },
  {
    name: 'versions of all models by creation time',
    listing: ({ adapter }, direction, strong) =>
      widen(versionListing(adapter, { order: { field: 'CREATED_AT', direction } }, consistent(strong))),
    expected: ({ versions }) => versions,
  },
];

/** Every list, in every order, gives the same items at every page size, whatever becomes of the hints. */
export function describePaging(population: () => Population): void {
  describe.each(LISTS)('$name', ({ listing, expected }) => {
    describe.each(DIRECTIONS)('%s', (direction) => {
      let list: AnyListing;
      let whole: string[];

      beforeAll(async () => {
        list = listing(population(), direction);
        whole = ids(list, await readAll(list));
      });

      it('has everything, once', () => {
        expect(whole.toSorted()).toEqual(ids(list, expected(population())).toSorted());
      });

      it.each([1, 2, 3])('is the same by pages of %i', async (limit) => {
        expect(ids(list, await walk(list, { limit }))).toEqual(whole);
      });

      it('is the same without hints', async () => {
        expect(ids(list, await walk(list, { limit: 3, hint: () => undefined }))).toEqual(whole);
      });

      it('is the same with the hint of the first page at every page', async () => {
        let first: string | undefined;
        const stale = (hint: string | undefined) => {
          first ??= hint;
          return first;
        };
        expect(ids(list, await walk(list, { limit: 2, hint: stale }))).toEqual(whole);
      });

      it.each(GARBAGE)('is the same with the hint %j', async (garbage) => {
        expect(ids(list, await walk(list, { limit: 4, hint: () => garbage }))).toEqual(whole);
      });

      it('is the same read strongly', async () => {
        expect(ids(list, await walk(listing(population(), direction, true), { limit: 5 }))).toEqual(whole);
      });

      it('goes on after an item, and with it where that is asked for', async () => {
        const all = await readAll(list);
        // Both ends, and places between them: each costs two upstream calls.
        const places = [...all.entries()].filter(([index]) => index < 2 || index % 4 === 0 || index >= all.length - 2);
        for (const [index, item] of places) {
          const anchor = list.anchorOf(item);
          expect(await idsAt(list, { anchor })).toEqual(whole.slice(index + 1, index + 3));
          expect(await idsAt(list, { anchor, inclusive: true })).toEqual(whole.slice(index, index + 2));
        }
      });

      it('says that the end is the end', async () => {
        const last = (await readAll(list)).at(-1);
        if (last === undefined) throw new Error('The list is empty.');
        const page = await list.page(10, { anchor: list.anchorOf(last) });
        expect(page.items).toEqual([]);
        expect(page.hasMore).toBe(false);
        const fitting = await list.page(200);
        expect(fitting.items.length).toBe(whole.length);
      });
    });

    it('is mirrored exactly by the other direction', async () => {
      const [forward, backward] = DIRECTIONS.map((direction) => listing(population(), direction)) as [
        AnyListing,
        AnyListing,
      ];
      expect(ids(backward, await readAll(backward)).toReversed()).toEqual(ids(forward, await readAll(forward)));
    });

    it('has the records that single reads give', async () => {
      for (const strong of [false, true]) {
        const found = await readAll(listing(population(), 'ASC', strong));
        const list = listing(population(), 'ASC');
        const byId = new Map(expected(population()).map((record) => [list.idOf(record), record]));
        // What a list may leave open is compared only where it says something.
        for (const record of found) expect(byId.get(list.idOf(record))).toMatchObject(stated(record));
        for (const record of found) expect(Object.keys(record)).toEqual(expect.arrayContaining(REQUIRED_KEYS));
      }
    });
  });

  it('orders models by the UTF-8 bytes of their names', async () => {
    const models = await readAll(modelListing(population().adapter, { direction: 'ASC' }));
    const names = models.map((model) => namePart(model.ref));
    expect(names).toEqual(names.toSorted(compareUtf8));
  });

  it('orders versions of a model by number, not as text', async () => {
    const { adapter, main } = population();
    const versions = await readAll(
      versionListing(adapter, { model: main, order: { field: 'NUMBER', direction: 'DESC' } }),
    );
    const numbers = versions.map((version) => version.number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
  });

  it('orders versions by creation time', async () => {
    const order = { field: 'CREATED_AT', direction: 'ASC' } as const;
    const times = (await readAll(versionListing(population().adapter, { order }))).map(
      (version) => version.createdAt ?? '',
    );
    expect(times).toEqual(times.toSorted(compareUtf8));
    expect(new Set(times).size, 'the suite needs more than one creation time').toBeGreaterThan(1);
  });

  it('counts where it says that it does', async () => {
    const { adapter, models, versions } = population();
    await expectTotal(
      adapter,
      'countsModels',
      await modelListing(adapter, { direction: 'ASC' }).page(2),
      models.length,
    );
    const order = { field: 'CREATED_AT', direction: 'DESC' } as const;
    await expectTotal(adapter, 'countsVersions', await versionListing(adapter, { order }).page(2), versions.length);
  });
}

/** An exact count is the number itself; another is a lower bound. */
export async function expectTotal(
  adapter: RegistryAdapter,
  flag: 'countsModels' | 'countsVersions',
  page: { readonly total?: { readonly value: number; readonly exact: boolean } },
  expected: number,
): Promise<void> {
  if (!adapter.query[flag]) {
    expect(page.total, `${flag} is off`).toBeUndefined();
    return;
  }
  expect(page.total, `${flag} is on`).toBeDefined();
  if (page.total?.exact === true) expect(page.total.value).toBe(expected);
  else expect(page.total?.value).toBeLessThanOrEqual(expected);
}

const REQUIRED_KEYS = ['ref', 'nativeId', 'description', 'tags', 'createdAt', 'createdBy', 'updatedAt', 'consoleUrl'];

function stated(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

async function idsAt(list: AnyListing, after: Position<unknown>): Promise<string[]> {
  return ids(list, (await list.page(2, after)).items);
}

function consistent(strong: boolean | undefined) {
  return call({ consistency: strong === true ? 'strong' : 'eventual' });
}

/** The cases treat lists of models and of versions alike; what they hand to a listing always came out of the same one. */
function widen<R extends { readonly createdAt: string | null }, A>(listing: Listing<R, A>): AnyListing {
  return {
    page: (limit, after) => listing.page(limit, after as Position<A> | undefined),
    anchorOf: (record) => listing.anchorOf(record as R),
    idOf: (record) => listing.idOf(record as R),
  };
}
