import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import type { Journal } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { type ChaosRegistry, createChaosRegistry } from '../support/chaos-registry.js';
import { bearer, memoryRegistryOf, startGateway, type TestGateway } from '../support/gateway.js';
import { CHANGES, connect, idsOf, type Listening, listen, put, readEvents, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

// Each event that asks a registry for something shows there how often it was executed.
const WITH_VERSION = `subscription ($filter: ChangeFilter, $after: String) {
  registryChanges(filter: $filter, after: $after) {
    __typename
    ... on JournalItem { cursor }
    ... on ModelVersionStatusChanged { id modelName modelVersion { id approvalStatus } }
  }
}`;

const KEYS = { all: {}, churn: { models: ['churn*'] }, other: { models: ['fraud*'] }, west: { registries: ['west'] } };
const keyOf = (id: string) => `rgk_${createHash('sha256').update(id).digest('hex')}`;
const hashOf = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

let journal: Journal;
let registry: ChaosRegistry;
let gateway: TestGateway;
beforeEach(async () => {
  journal = createMemoryJournal();
  registry = createChaosRegistry(
    await sampleRegistry('east', [
      { name: 'churn', statuses: ['APPROVED'] },
      { name: 'fraud', statuses: ['PENDING'] },
    ]),
  );
  gateway = await startGateway([registry.adapter, memoryRegistryOf('west').adapter], {
    createJournal: () => journal,
    subscriptions: { maxPerConnection: 100 },
    access: {
      apiKeys: Object.keys(KEYS).map((id) => ({ id, hash: hashOf(keyOf(id)) })),
      grants: Object.entries(KEYS).map(([id, scope]) => ({ role: 'viewer', to: { apiKeys: [id] }, ...scope })),
    },
  });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const connectAs = (id: keyof typeof KEYS) => connect(gateway.url, bearer(keyOf(id)));
const seen = async (listening: Listening, count: number) =>
  idsOf(await listening.items.until((all) => idsOf(all).length >= count));

describe('one event for many', () => {
  it('reaches 500 listeners on both transports exactly once, and is executed once', async () => {
    using a = connectAs('all');
    using b = connectAs('all');
    using c = connectAs('all');
    using d = connectAs('all');
    const clients = [a, b, c, d];
    // The same document in other words is the same; where they begin does not matter.
    const { data } = await gateway.query('{ changesCursor }', {}, bearer(keyOf('all')));
    const spaced = WITH_VERSION.replaceAll('\n', '\n\n');
    const sockets = Array.from({ length: 400 }, (_, index) => {
      const client = clients[index % clients.length] ?? a;
      const after = index % 3 === 0 ? { after: data.changesCursor } : {};
      return listen(client, index % 2 === 0 ? WITH_VERSION : spaced, after);
    });
    using streams = new DisposableStack();
    const readers = await Promise.all(
      Array.from({ length: 100 }, () => readEvents(gateway.url, { query: WITH_VERSION }, bearer(keyOf('all')))),
    );
    for (const reader of readers) streams.use(reader);
    await Promise.all(sockets.map(({ items }) => items.count(1)));
    await Promise.all(readers.map(({ events }) => events.until((all) => all.some(({ event }) => event === 'next'))));
    registry.forgetCalls();
    const changes = Array.from({ length: 20 }, () => statusChange('churn'));
    for (const change of changes) await put(journal, change);
    const ids = changes.map(({ id }) => id);
    for (const listening of sockets) expect(await seen(listening, 20)).toEqual(ids);
    for (const { events } of readers) {
      const told = await events.until((all) => all.filter(({ data }) => data?.data.registryChanges.id).length >= 20);
      expect(told.flatMap(({ data: it }) => it?.data.registryChanges.id ?? [])).toEqual(ids);
    }
    expect(registry.calls.get('getVersions')).toBe(20);
  });

  it('is executed once for each way to see it, with a variable that does not matter the same', async () => {
    using everything = connectAs('all');
    using some = connectAs('churn');
    const { data } = await gateway.query('{ changesCursor }', {}, bearer(keyOf('all')));
    const listening = [
      listen(everything, WITH_VERSION),
      listen(everything, WITH_VERSION, { after: data.changesCursor }),
      listen(everything, WITH_VERSION, { filter: { types: ['VERSION_STATUS'] } }),
      listen(some, WITH_VERSION),
    ];
    await Promise.all(listening.map(({ items }) => items.count(1)));
    registry.forgetCalls();
    const change = statusChange('churn');
    await put(journal, change);
    for (const each of listening) expect(await seen(each, 1)).toEqual([change.id]);
    expect(registry.calls.get('getVersions')).toBe(3);
  });

  it('is executed once for those who catch up with it together', async () => {
    using client = connectAs('all');
    const { data } = await gateway.query('{ changesCursor }', {}, bearer(keyOf('all')));
    const changes = Array.from({ length: 10 }, () => statusChange('churn'));
    await put(journal, ...changes);
    registry.forgetCalls();
    const listening = Array.from({ length: 20 }, () => listen(client, WITH_VERSION, { after: data.changesCursor }));
    for (const each of listening) expect(await seen(each, 10)).toEqual(changes.map(({ id }) => id));
    expect(registry.calls.get('getVersions')).toBe(10);
  });
});

describe('who hears of what', () => {
  it('follows from what they may see', async () => {
    using all = connectAs('all');
    using churn = connectAs('churn');
    using other = connectAs('other');
    using west = connectAs('west');
    const listening = [all, churn, other, west].map((client) => listen(client));
    await Promise.all(listening.map(({ items }) => items.count(1)));
    const health = (registryId: string) =>
      statusChange('', {
        type: 'REGISTRY_HEALTH',
        registryId,
        model: null,
        version: null,
        previousHealth: 'UP',
        health: 'DOWN',
        problem: null,
      } as Partial<Change>);
    const changes = [statusChange('churn'), statusChange('fraud'), health('east'), health('west')] as const;
    await put(journal, ...changes);
    const [c, f, e, w] = changes.map(({ id }) => id);
    const told = await Promise.all(listening.map((each, index) => seen(each, [4, 3, 3, 1][index] ?? 0)));
    // Whoever may see models of a name in every registry sees every registry.
    expect(told).toEqual([[c, f, e, w], [c, e, w], [f, e, w], [w]]);
    const watermarks = listening.map(({ items }) =>
      items.all[0]?.['completeThrough'].map(({ registryId }: { registryId: string }) => registryId),
    );
    expect(watermarks).toEqual([['east', 'west'], ['east', 'west'], ['east', 'west'], ['west']]);
  });

  it('follows from their filters', async () => {
    using client = connectAs('all');
    const filters = [
      { modelIds: ['east/churn'] },
      { modelVersionIds: ['east/churn/2'] },
      { modelName: { contains: 'FRAUD' } },
      { to: ['REJECTED'] },
      { outOfBandOnly: true },
      { types: ['MODEL_DELETED'] },
      { actorIds: ['ana'] },
      { registryIds: ['west'] },
      { registryLabels: [{ key: 'team', values: ['east'] }] },
      { modelTags: [{ key: 'tier', values: ['1'] }] },
      { modelTags: [{ key: 'tier', values: ['2'] }] },
    ];
    const listening = filters.map((filter) => listen(client, CHANGES, { filter }));
    await Promise.all(listening.map(({ items }) => items.count(1)));
    const [one, two, gone, out, by] = [
      statusChange('churn'),
      statusChange('fraud', { version: '2', status: 'REJECTED' } as Partial<Change>),
      statusChange('gone', { type: 'MODEL_DELETED', version: null }),
      statusChange('churn', { version: '2', outOfBand: true } as Partial<Change>),
      statusChange('churn', { actor: { name: 'ana', kind: 'USER', nativeId: null } }),
    ];
    const end = statusChange('end', { registryId: 'west', model: { registryId: 'west', name: 'end' } });
    await put(journal, one, two, gone, out, by, end);
    const name = (change: Change) => change.id;
    const expected = [
      [one, out, by],
      [out],
      [two],
      [two],
      [out],
      [gone],
      [by],
      [end],
      [one, two, gone, out, by],
      [one, two, out, by],
      [],
    ].map((changes) => changes.map(name));
    const told = await Promise.all(listening.map((each, index) => seen(each, expected[index]?.length ?? 0)));
    expect(told).toEqual(expected);
  });
});
