import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/catalog/catalog.js';
import type { FreshnessArgs } from '../../../src/catalog/freshness.js';
import { type RegistryError, UnavailableError } from '../../../src/domain/errors.js';
import type { VersionListFilter, VersionListOrder } from '../../../src/domain/lists.js';
import type { CallOptions } from '../../../src/domain/registry.js';
import type { JournalFeed } from '../../../src/journal/feed.js';
import type { JournalHead } from '../../../src/journal/journal.js';
import type { JournalCursors } from '../../../src/journal/journal-cursor.js';
import { ago, callerWith, openSnapshotCatalog, type SnapshotCatalog } from '../../support/snapshot-catalog.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };

interface Asked {
  readonly freshness?: FreshnessArgs;
  readonly filter?: VersionListFilter;
  readonly order?: VersionListOrder;
  readonly page?: { readonly first?: number; readonly after?: string | null };
  readonly of?: readonly string[];
}

const versions = (catalog: Catalog, { freshness = {}, filter = {}, order, page = {}, of }: Asked = {}) =>
  catalog.listVersions({
    page,
    selection: of === undefined ? {} : { registryIds: of },
    filter,
    order,
    models: undefined,
    freshness,
  });

const UPDATED: VersionListOrder = { field: 'UPDATED_AT', direction: 'DESC' };

/** Registries `a`, `b` and `c` with a model `m` each, its first version approved, its second pending. */
async function threeRegistries(options: Parameters<typeof openSnapshotCatalog>[1] = {}): Promise<SnapshotCatalog> {
  const world = openSnapshotCatalog(['a', 'b', 'c'], options);
  for (const [id, { adapter, store }] of world.registries) {
    await adapter.createModel({ name: 'm', owner: 'growth' }, call);
    for (const uri of ['s3://m/1', 's3://m/2']) {
      await adapter.registerVersion({ model: { registryId: id, name: 'm' }, artifacts: [{ uri }] }, call);
    }
    store.updateVersion('m', 1, { approvalStatus: 'APPROVED' });
    store.setAlias('m', 'champion', 1);
  }
  for (const each of world.registries.values()) each.forgetCalls();
  return world;
}

async function failureOf(asked: Promise<unknown>): Promise<Partial<RegistryError>> {
  const { code, retryable } = await asked.then(
    () => ({ code: undefined, retryable: undefined }),
    (error: RegistryError) => error,
  );
  return { code, retryable } as Partial<RegistryError>;
}

describe('a list', () => {
  it('comes from the snapshot while that is within the age that is allowed, and asks nobody', async () => {
    const world = await threeRegistries();
    await world.crawl(['a', 'b'], 10);
    await world.crawl(['c'], 30);
    const page = await versions(world.open(), { filter: { approvalStatuses: ['PENDING'] } });
    expect(page.edges.map(({ node }) => node.ref.registryId).toSorted()).toEqual(['a', 'b', 'c']);
    expect([page.source, page.totalCount(), page.totalCountIsExact]).toEqual(['SNAPSHOT', 3, true]);
    expect(page.asOf).toBe(world.open().completeThrough('c'));
    expect((await versions(world.open(), { freshness: { maxAgeSeconds: 40 } })).source).toBe('SNAPSHOT');
    expect(world.totalCalls()).toBe(0);
  });

  it('is live where one of its registries is older, and where the caller wants it so', async () => {
    const world = await threeRegistries();
    await world.crawl(['a', 'b']);
    await world.crawl(['c'], 100);
    expect((await versions(world.open())).source).toBe('LIVE');
    expect(world.totalCalls()).toBe(3);
    expect((await versions(world.open(), { of: ['a', 'b'] })).source).toBe('SNAPSHOT');
    expect((await versions(world.open(), { freshness: { maxAgeSeconds: 200 } })).source).toBe('SNAPSHOT');
    expect((await versions(world.open(), { of: ['a'], freshness: { maxAgeSeconds: 0 } })).source).toBe('LIVE');
    expect(world.totalCalls()).toBe(4);
  });

  it('is live where a registry was never read as a whole, and while it is read anew', async () => {
    const world = await threeRegistries();
    await world.crawl(['a', 'b']);
    expect((await versions(world.open())).source).toBe('LIVE');
    await world.crawl();
    expect((await versions(world.open())).source).toBe('SNAPSHOT');
    world.snapshots.setState('b', null);
    expect((await versions(world.open())).source).toBe('LIVE');
  });

  it('goes by the default of the config', async () => {
    const world = await threeRegistries({ freshness: { maxAgeSeconds: 5 } });
    await world.crawl(undefined, 10);
    expect((await versions(world.open())).source).toBe('LIVE');
  });

  it('of nothing asks nobody', async () => {
    const world = await threeRegistries();
    await world.crawl();
    for (const asked of [{ of: [] }, { filter: { aliases: [] } }, { filter: { approvalStatuses: [] } }]) {
      const page = await versions(world.open(), asked);
      expect([page.edges, page.totalCount()]).toEqual([[], 0]);
    }
    expect(world.totalCalls()).toBe(0);
  });
});

describe('a walk', () => {
  it('that began in the snapshot ends there, however old that has become', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const first = await versions(world.open(), { page: { first: 2 } });
    for (const id of ['a', 'b', 'c']) world.snapshots.setState(id, { completeThrough: ago(1000) });
    const after = first.endCursor();
    const second = await versions(world.open(), { page: { first: 10, after } });
    expect([second.source, second.edges.length, second.hasPreviousPage]).toEqual(['SNAPSHOT', 4, true]);
    expect(world.totalCalls()).toBe(0);
    const late = versions(world.open(), { page: { first: 10, after }, freshness: { maxAgeSeconds: 60 } });
    expect(await failureOf(late)).toEqual({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });

  it('that began live ends live, however fresh the snapshot is', async () => {
    const world = await threeRegistries();
    const first = await versions(world.open(), { page: { first: 2 } });
    await world.crawl();
    const second = await versions(world.open(), { page: { first: 10, after: first.endCursor() } });
    expect([first.source, second.source]).toEqual(['LIVE', 'LIVE']);
    expect(new Set([...first.edges, ...second.edges].map(({ node }) => node.nativeId)).size).toBe(6);
  });

  it('takes no cursor of another list', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const after = (await versions(world.open(), { page: { first: 2 } })).endCursor();
    for (const other of [{ filter: { search: 'm' } }, { order: UPDATED }, { of: ['a'] }]) {
      expect(await failureOf(versions(world.open(), { ...other, page: { after } }))).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    }
    const stranger = callerWith({ role: 'VIEWER', modelName: 'm' });
    expect(await failureOf(versions(world.open(stranger), { page: { after } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('by what the caller may decide is bound to the caller', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const filter = { viewerCanDecide: true };
    const after = (await versions(world.open(), { page: { first: 2 }, filter })).endCursor();
    const bo = callerWith({ role: 'ADMIN' });
    const other = { ...bo, actor: { ...bo.actor, nativeId: 'i#bo' } };
    expect((await versions(world.open(), { page: { after }, filter })).edges.length).toBe(4);
    expect(await failureOf(versions(world.open(other), { page: { after }, filter }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

describe('what only the snapshot can answer', () => {
  it('is answered at any age, which is told', async () => {
    const world = await threeRegistries();
    await world.crawl(undefined, 5000);
    const page = await versions(world.open(), { order: UPDATED });
    expect([page.source, page.asOf]).toEqual(['SNAPSHOT', world.open().completeThrough('a')]);
    expect((await versions(world.open(), { filter: { aliases: ['champion'] } })).totalCount()).toBe(3);
    expect((await versions(world.open(), { filter: { inProduction: true } })).totalCount()).toBe(3);
    expect(world.totalCalls()).toBe(0);
  });

  it('is refused for now where it is older than the caller allows', async () => {
    const world = await threeRegistries();
    await world.crawl(undefined, 100);
    for (const maxAgeSeconds of [0, 60]) {
      expect(await failureOf(versions(world.open(), { order: UPDATED, freshness: { maxAgeSeconds } }))).toEqual({
        code: 'UPSTREAM_UNAVAILABLE',
        retryable: true,
      });
      expect(await failureOf(world.open().summary({ maxAgeSeconds }))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    }
    expect((await versions(world.open(), { order: UPDATED, freshness: { maxAgeSeconds: 200 } })).totalCount()).toBe(6);
  });

  it('leaves out registries that were never read as a whole, and names them', async () => {
    const world = await threeRegistries();
    const none = await versions(world.open(), { order: UPDATED });
    expect([none.edges, none.totalCount(), none.unavailable.map(({ registryId }) => registryId)]).toEqual([
      [],
      null,
      ['a', 'b', 'c'],
    ]);
    await world.crawl(['a', 'c']);
    const page = await versions(world.open(), { order: UPDATED });
    expect([page.edges.length, page.totalCount(), page.totalCountIsExact]).toEqual([4, 4, false]);
    expect(page.unavailable).toMatchObject([
      { registryId: 'b', error: { code: 'UPSTREAM_UNAVAILABLE', retryable: true }, servedStaleFrom: null },
    ]);
    const { totals, totalsAreExact } = await world.open().summary({});
    expect([totals?.versions, totalsAreExact]).toEqual([4, false]);
    expect(world.totalCalls()).toBe(0);
  });

  it('is unsupported only where there is no snapshot at all', async () => {
    const world = await threeRegistries({ withoutSnapshots: true });
    expect(await failureOf(versions(world.open(), { order: UPDATED }))).toEqual({
      code: 'UNSUPPORTED',
      retryable: false,
    });
    expect((await versions(world.open())).source).toBe('LIVE');
    expect(await world.open().summary({})).toMatchObject({ totals: null, totalsAreExact: false });
    expect(world.open().counts('a')).toBeNull();
  });
});

describe('filters that records alone tell', () => {
  it('find the same live as in the snapshot', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const since = new Date(Date.now() + 60_000).toISOString();
    for (const filter of [
      { viewerCanDecide: true },
      { viewerCanDecide: false },
      { approvalStatusSinceBefore: since },
      { approvalStatusSinceBefore: '2020-01-01T00:00:00.000Z' },
      { viewerCanDecide: true, approvalStatuses: ['PENDING'] as const },
    ]) {
      const [here, there] = [
        await versions(world.open(), { filter }),
        await versions(world.open(), { filter, freshness: { maxAgeSeconds: 0 } }),
      ];
      expect([here.source, there.source]).toEqual(['SNAPSHOT', 'LIVE']);
      const ids = (page: typeof here) => page.edges.map(({ node }) => node.nativeId).toSorted();
      expect(ids(there)).toEqual(ids(here));
      expect(there.totalCount()).toBe(here.totalCount());
    }
  });
});

describe('single things', () => {
  const m = { registryId: 'a', name: 'm' };

  it('come from the snapshot while it is fresh enough, with what hangs on them', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const catalog = world.open();
    const model = await catalog.model(m);
    const version = await catalog.version({ ...m, version: '1' });
    if (model === null || version === null) throw new Error('The snapshot does not have them.');
    expect(await catalog.latestVersion(model)).toMatchObject({ number: 2 });
    expect(await catalog.latestApprovedVersion(model)).toMatchObject({ number: 1 });
    expect(await catalog.latestApproved(m)).toMatchObject({ number: 1 });
    expect(await catalog.latestInStage(m, 'prod')).toBeNull();
    expect(await catalog.aliasNames(version)).toEqual(['champion']);
    expect(await catalog.modelByName('a', 'm')).toBe(model);
    expect(await catalog.versionByName('a', 'm', '1')).toBe(version);
    expect(await catalog.versionByNativeId(version.nativeId, undefined)).toBe(version);
    expect(catalog.freshnessOf(model)).toEqual({ source: 'SNAPSHOT', asOf: catalog.completeThrough('a') });
    expect(world.totalCalls()).toBe(0);
  });

  it('are asked for where they are not in the snapshot: they may be new', async () => {
    const world = await threeRegistries();
    await world.crawl();
    await world.registry('a').adapter.createModel({ name: 'new' }, call);
    const catalog = world.open();
    const model = await catalog.model({ registryId: 'a', name: 'new' });
    expect(model === null ? null : catalog.freshnessOf(model).source).toBe('LIVE');
    expect(await catalog.version({ ...m, version: '9' })).toBeNull();
    expect(await catalog.versionByNativeId('memory:nothing', undefined)).toBeNull();
  });

  it('are not asked for where they hang on something from the snapshot', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const catalog = world.open();
    const like = await catalog.model(m);
    if (like === null) throw new Error('The snapshot does not have it.');
    expect(await catalog.version({ ...m, version: '9' }, { like })).toBeNull();
    expect(world.totalCalls()).toBe(0);
  });

  it('are live with all that hangs on them where the caller wants it so', async () => {
    const world = await threeRegistries();
    await world.crawl();
    world.registry('a').store.updateVersion('m', 2, { approvalStatus: 'APPROVED' });
    world.registry('a').store.setAlias('m', 'champion', 2);
    const catalog = world.open();
    const model = await catalog.model(m, { maxAgeSeconds: 0 });
    if (model === null) throw new Error('The registry does not have it.');
    expect(catalog.freshnessOf(model).source).toBe('LIVE');
    expect(await catalog.latestApprovedVersion(model)).toMatchObject({ number: 2 });
    // What the policies look at in the same operation is no older.
    expect(await catalog.latestApproved(m)).toMatchObject({ number: 2 });
    const list = { page: {}, selection: {}, filter: {}, order: undefined, models: [m] };
    expect((await catalog.listVersions({ ...list, freshness: { like: model } })).source).toBe('LIVE');
    expect((await world.open().model(m))?.aliases).toEqual([{ name: 'champion', version: '1' }]);
  });

  it('are as invisible in the snapshot as anywhere', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const catalog = world.open(callerWith({ role: 'VIEWER', registryIds: ['a'], modelName: 'other' }));
    const nativeId = (await world.open().version({ ...m, version: '1' }))?.nativeId ?? '';
    expect(await catalog.model(m)).toBeNull();
    expect(await catalog.version({ ...m, version: '1' })).toBeNull();
    expect(await catalog.version({ ...m, registryId: 'b', version: '1' })).toBeNull();
    expect(await catalog.versionByNativeId(nativeId, 'a')).toBeNull();
    expect(catalog.counts('a')).toMatchObject({ models: 0, versions: 0 });
    expect([catalog.counts('b'), catalog.completeThrough('b')]).toEqual([null, null]);
  });
});

describe('what was written in the operation itself', () => {
  const m = { registryId: 'a', name: 'm' };

  it('is read from the registry from then on, alone and in lists', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const catalog = world.open();
    const before = await catalog.model(m);
    const written = world.registry('a').store.updateVersion('m', 2, { approvalStatus: 'REJECTED' });
    expect(written).toBeDefined();
    const [record] = await world.registry('a').adapter.getVersions([{ ...m, version: '2' }], call);
    if (record === null || record === undefined || record instanceof Error || before === null) throw new Error('gone');
    catalog.refresh(record);
    expect(await catalog.version({ ...m, version: '2' })).toBe(record);
    expect(await catalog.latestVersion(before)).toMatchObject({ approvalStatus: 'REJECTED' });
    expect((await versions(catalog, { of: ['a'], filter: { approvalStatuses: ['REJECTED'] } })).totalCount()).toBe(1);
    expect((await versions(catalog, { of: ['b'] })).source).toBe('SNAPSHOT');
  });

  it('is gone where it was deleted', async () => {
    const world = await threeRegistries();
    await world.crawl();
    const catalog = world.open();
    await world.registry('a').adapter.deleteVersion({ ...m, version: '2' }, call);
    catalog.forget({ ...m, version: '2' });
    expect(await catalog.version({ ...m, version: '2' })).toBeNull();
    expect(await world.open().version({ ...m, version: '2' })).not.toBeNull();
  });

  it('is decided by what the registry says: the live side of an operation never reads the snapshot', async () => {
    const world = await threeRegistries();
    await world.crawl();
    world.registry('a').store.updateVersion('m', 2, { approvalStatus: 'APPROVED' });
    const { live } = world.open();
    expect(await live.latestApproved(m)).toMatchObject({ number: 2 });
    expect(await live.model(m)).not.toBeNull();
    expect((await live.latestInStage(m, 'prod'))?.number).toBeUndefined();
    expect((await versions(live)).source).toBe('LIVE');
    expect((await versions(live, { order: UPDATED })).source).toBe('SNAPSHOT');
    for (const id of ['a', 'b', 'c']) world.snapshots.setState(id, { completeThrough: ago(100) });
    expect(await failureOf(versions(live, { order: UPDATED }))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    world.registry('a').cause({ kind: 'fail', error: new UnavailableError('down', { registryId: 'a' }) });
    expect(await failureOf(world.open().live.model(m))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});

describe('an outage', () => {
  const m = { registryId: 'b', name: 'm' };
  const down = { kind: 'fail', error: new UnavailableError('Registry b is away.', { registryId: 'b' }) } as const;

  it('is bridged by what was known before, and told', async () => {
    const world = await threeRegistries();
    await world.crawl(undefined, 500);
    world.registry('b').cause(down);
    const from = world.open().completeThrough('b');
    const page = await versions(world.open(), { filter: { approvalStatuses: ['PENDING'] } });
    expect(page.edges.length).toBe(3);
    expect([page.source, page.asOf]).toEqual(['STALE_ON_ERROR', from]);
    expect(page.unavailable).toMatchObject([{ registryId: 'b', error: down.error, servedStaleFrom: from }]);
    const catalog = world.open();
    const model = await catalog.model(m);
    if (model === null) throw new Error('Nothing stood in.');
    expect(catalog.freshnessOf(model)).toEqual({ source: 'STALE_ON_ERROR', asOf: from });
    expect(await catalog.latestVersion(model)).toMatchObject({ number: 2 });
    const version = await catalog.latestVersion(model);
    expect(await world.open().versionByNativeId(version?.nativeId ?? '', 'b')).toBe(version);
  });

  it('is walked through without loss, where the registry comes back in the middle', async () => {
    const world = await threeRegistries();
    await world.crawl(undefined, 500);
    world.registry('b').cause(down);
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 6; page += 1) {
      const answer = await versions(world.open(), { page: { first: 1, after } });
      seen.push(...answer.edges.map(({ node }) => `${node.ref.registryId} ${node.number}`));
      after = answer.endCursor();
      if (page === 2) world.registry('b').recover();
    }
    expect(seen.toSorted()).toEqual(['a 1', 'a 2', 'b 1', 'b 2', 'c 1', 'c 2']);
  });

  it('is an outage to whoever says how old the answer may be', async () => {
    const world = await threeRegistries();
    await world.crawl(undefined, 500);
    world.registry('b').cause(down);
    const page = await versions(world.open(), { freshness: { maxAgeSeconds: 60 } });
    expect([page.source, page.edges.length]).toEqual(['LIVE', 4]);
    expect(page.unavailable).toMatchObject([{ registryId: 'b', servedStaleFrom: null }]);
    expect(await failureOf(world.open().model(m, { maxAgeSeconds: 60 }))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });
});

describe('a position of the journal', () => {
  const cursors: JournalCursors = {
    encode: ({ epoch, position }) => `${epoch} ${position}`,
    decode(cursor) {
      const [epoch = '', position = ''] = cursor.split(' ');
      return epoch === 'retired' ? 'RETIRED' : { epoch, position };
    },
  };

  function feedAt(head: JournalHead): JournalFeed & { readonly waited: number[] } {
    const waited: number[] = [];
    return {
      head,
      waited,
      subscribe: () => ({ [Symbol.dispose]: () => {} }),
      async reached({ epoch, position }, withinMs) {
        waited.push(withinMs);
        return epoch === head.epoch && position <= head.position;
      },
    };
  }

  it('that is reached lets the snapshot answer; one that is not, the registries', async () => {
    const feed = feedAt({ epoch: 'e', position: '5-0' });
    const world = await threeRegistries({ feed, journalCursors: cursors });
    await world.crawl();
    const sourceAfter = async (after: string) => (await versions(world.open(), { freshness: { after } })).source;
    expect(await sourceAfter('e 5-0')).toBe('SNAPSHOT');
    expect(await sourceAfter('e 6-0')).toBe('LIVE');
    expect(await sourceAfter('other 1-0')).toBe('LIVE');
    expect(await sourceAfter('retired 1-0')).toBe('LIVE');
    expect(new Set(feed.waited)).toEqual(new Set([1000]));
    const late = versions(world.open(), { order: UPDATED, freshness: { after: 'e 6-0' } });
    expect(await failureOf(late)).toEqual({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    const catalog = world.open();
    const calls = world.totalCalls();
    await catalog.model({ registryId: 'a', name: 'm' }, { after: 'e 5-0' });
    expect(world.totalCalls()).toBe(calls);
    await catalog.model({ registryId: 'a', name: 'm' }, { after: 'e 6-0' });
    expect(world.totalCalls()).toBe(calls + 1);
  });

  it('comes with every page, from before it was read', async () => {
    const feed = { ...feedAt({ epoch: 'e', position: '5-0' }) };
    const world = await threeRegistries({ feed, journalCursors: cursors });
    await world.crawl(['a']);
    const pages = [await versions(world.open(), { of: ['a'] }), await versions(world.open())];
    feed.head = { epoch: 'e', position: '7-0' };
    expect(pages.map(({ source, changesCursor }) => [source, changesCursor()])).toEqual([
      ['SNAPSHOT', 'e 5-0'],
      ['LIVE', 'e 5-0'],
    ]);
    expect((await world.open().summary({})).changesCursor()).toBe('e 7-0');
  });

  it('means nothing without a journal', async () => {
    const world = await threeRegistries();
    expect((await versions(world.open())).changesCursor()).toBeNull();
    expect(await failureOf(versions(world.open(), { freshness: { after: 'e 1-0' } }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
