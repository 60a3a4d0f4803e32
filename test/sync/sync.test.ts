import { describe, expect, it, vi } from 'vitest';
import { LedgerUnavailableError, UnavailableError } from '../../src/domain/errors.js';
import { versionId } from '../../src/domain/refs.js';
import { EpochChangedError, type Journal } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { addModel, addVersion, changesIn, openRegistry, openReplica, REGISTRY, type Replica, told } from './world.js';

const call = { signal: new AbortController().signal, priority: 'interactive' } as const;
const ref = (name: string, version: string) => ({ registryId: REGISTRY, name, version });
const approve = { approvalStatus: 'APPROVED', approvalStatusExplicit: true } as const;

const baseline = (replica: Replica) => vi.waitFor(() => expect(replica.sync.feed.state(REGISTRY)).toBeDefined());
const eventually = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 5000, interval: 10 });

describe('by asking alone', () => {
  it('takes what is there at first as it is, and tells of every change after it', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'known', 2);
    await using replica = openReplica({ journal, registry: chaos.adapter });
    await baseline(replica);
    expect(await changesIn(journal)).toEqual([]);

    store.updateVersion('known', 1, approve);
    store.setAlias('known', 'champion', 1);
    addModel(store, 'new', 1);
    store.deleteVersion('known', 2);
    await eventually(async () =>
      expect(told(await changesIn(journal)).toSorted()).toEqual([
        'ALIAS known champion: null → 1',
        'MODEL_CREATED new',
        'VERSION_DELETED known/2',
        'VERSION_REGISTERED new/1',
        'VERSION_STATUS known/1 PENDING → APPROVED',
        'VERSION_STATUS new/1 null → PENDING',
      ]),
    );
    const changes = await changesIn(journal);
    expect(changes.every(({ evidence }) => evidence.join() === 'POLL')).toBe(true);
    expect(replica.found.map((version) => versionId(version.ref))).toEqual([`${REGISTRY}/new/1`]);
    expect(replica.problems).toEqual([]);
  });

  it('folds two flips between two looks, and never loses the last', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter });
    await baseline(replica);
    store.updateVersion('m', 1, approve);
    store.updateVersion('m', 1, { approvalStatus: 'REJECTED' });
    await eventually(async () =>
      expect(told(await changesIn(journal))).toEqual(['VERSION_STATUS m/1 PENDING → REJECTED']),
    );
  });

  it('deletes nothing when a walk fails in the middle, or ends too early', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm', 3);
    let page: 'whole' | 'failing' | 'truncated' = 'whole';
    const walkVersions: typeof chaos.adapter.walkVersions = async (query, options) => {
      const { items } = await chaos.adapter.walkVersions(query, options);
      if (page === 'whole') return { items, next: null };
      if (page === 'truncated') return { items: items.slice(0, 1), next: null };
      if (query.after === undefined) return { items: items.slice(0, 1), next: 'second' };
      throw new UnavailableError('down', { registryId: REGISTRY });
    };
    await using replica = openReplica({
      journal,
      registry: Object.assign(Object.create(chaos.adapter), { walkVersions }),
    });
    await baseline(replica);
    for (const trouble of ['failing', 'truncated'] as const) {
      page = trouble;
      chaos.forgetCalls();
      await eventually(() => expect(chaos.calls.get('walkVersions')).toBeGreaterThan(3));
    }
    page = 'whole';
    store.deleteVersion('m', 3);
    await eventually(async () => expect(told(await changesIn(journal))).toEqual(['VERSION_DELETED m/3']));
  });

  it('asks twice per poll', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm', 50);
    await using replica = openReplica({ journal, registry: chaos.adapter });
    await baseline(replica);
    await eventually(() => expect(chaos.calls.get('walkModels')).toBeGreaterThan(3));
    const others = [...chaos.calls.keys()].filter((name) => !name.startsWith('walk'));
    expect(others).toEqual([]);
    expect(Math.abs((chaos.calls.get('walkModels') ?? 0) - (chaos.calls.get('walkVersions') ?? 0))).toBeLessThan(2);
  });
});

describe('by hints alone', () => {
  it('looks at what a hint is about, once however often it comes', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(replica);
    await eventually(() => expect(chaos.calls.get('walkVersions')).toBe(2));
    chaos.forgetCalls();

    store.updateVersion('m', 1, approve);
    addModel(store, 'new');
    const hints = [
      { registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'event 1' },
      { registryId: REGISTRY, entity: ref('new', '1'), dedupeKey: 'event 2', occurredAt: '2026-11-20T08:00:00.000Z' },
    ];
    await replica.sync.take(hints);
    await replica.sync.take(hints);
    expect(told(await changesIn(journal)).toSorted()).toEqual([
      'MODEL_CREATED new',
      'VERSION_REGISTERED new/1',
      'VERSION_STATUS m/1 PENDING → APPROVED',
      'VERSION_STATUS new/1 null → PENDING',
    ]);
    expect((await changesIn(journal)).every(({ evidence }) => evidence.join() === 'PUSH')).toBe(true);
    expect(Object.fromEntries(chaos.calls)).toEqual({ getVersions: 1, getModels: 1 });
  });

  it('does not take a hint that it cannot follow now', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(replica);
    store.updateVersion('m', 1, approve);
    const hint = { registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'event' };
    chaos.cause(
      { kind: 'fail', error: new UnavailableError('down', { registryId: REGISTRY }) },
      { operations: ['getVersions'] },
    );
    await expect(replica.sync.take([hint])).rejects.toThrow('down');
    chaos.recover();
    await replica.sync.take([hint]);
    expect(told(await changesIn(journal))).toEqual(['VERSION_STATUS m/1 PENDING → APPROVED']);
  });

  it('puts a hint off while the journal begins anew', async () => {
    await using inner = createMemoryJournal();
    let isNew = false;
    const journal: Journal = {
      ...inner,
      append: (writes, guard) => (isNew ? Promise.reject(new EpochChangedError('anew')) : inner.append(writes, guard)),
    };
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(replica);
    store.updateVersion('m', 1, approve);
    isNew = true;
    const hint = { registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'event' };
    await expect(replica.sync.take([hint])).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    isNew = false;
    await replica.sync.take([hint]);
    expect(told(await changesIn(inner))).toEqual(['VERSION_STATUS m/1 PENDING → APPROVED']);
  });

  it('looks through the registry for a hint that says no more', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(replica);
    await eventually(() => expect(chaos.calls.get('walkVersions')).toBe(2));
    store.updateVersion('m', 1, approve);
    await replica.sync.take([{ registryId: REGISTRY, dedupeKey: 'something' }]);
    expect(told(await changesIn(journal))).toEqual(['VERSION_STATUS m/1 PENDING → APPROVED']);
  });
});

describe('by all ways together', () => {
  it('tells of a change once, with all that say so', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using replica = openReplica({ journal, registry: chaos.adapter });
    await baseline(replica);
    const options = { ...call, caller: { name: 'Ana', nativeId: 'ana' } };
    const mark = {
      id: '1.x',
      status: 'APPROVED',
      actor: 'Ana',
      at: '2026-11-20T08:00:00.000Z',
      comment: null,
    } as const;
    const incarnation = store.model('m')?.versions.get(1)?.incarnation ?? '';
    await replica.adapter.decide({ version: ref('m', '1'), incarnation, mark }, options);
    expect(await changesIn(journal)).toMatchObject([
      { type: 'VERSION_STATUS', actor: { name: 'Ana', kind: 'USER', nativeId: 'ana' }, status: 'APPROVED' },
    ]);
    await replica.sync.take([{ registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'echo' }]);
    await eventually(async () => {
      const [change, ...others] = await changesIn(journal);
      expect(others).toEqual([]);
      expect(change?.evidence.toSorted()).toEqual(['POLL', 'PUSH', 'SELF']);
    });
  });

  it('has each write through the gateway in the journal when it returns', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm', 2);
    await using replica = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(replica);
    const { adapter } = replica;
    const model = { registryId: REGISTRY, name: 'm' };
    const lines = async () => told(await changesIn(journal));
    await adapter.setAlias({ version: ref('m', '1'), alias: 'champion' }, call);
    expect((await lines()).at(-1)).toBe('ALIAS m champion: null → 1');
    await adapter.updateVersion({ version: ref('m', '1'), description: 'x' }, call);
    expect((await lines()).at(-1)).toBe('VERSION_UPDATED m/1');
    await adapter.updateModel({ model, description: 'x' }, call);
    expect((await lines()).at(-1)).toBe('MODEL_UPDATED m');
    await adapter.setStage({ version: ref('m', '2'), stage: 'Production' }, call);
    expect((await lines()).at(-1)).toBe('STAGE m/2');
    await adapter.registerVersion({ model, artifacts: [{ uri: 's3://a' }] }, call);
    expect((await lines()).slice(-2)).toEqual(['VERSION_REGISTERED m/3', 'VERSION_STATUS m/3 null → PENDING']);
    await adapter.createModel({ name: 'other' }, call);
    expect((await lines()).at(-1)).toBe('MODEL_CREATED other');
    await adapter.deleteModel({ registryId: REGISTRY, name: 'other' }, call);
    expect((await lines()).at(-1)).toBe('MODEL_DELETED other');
    // The alias goes with its version, which a second look finds.
    await adapter.deleteVersion(ref('m', '1'), call);
    await eventually(async () =>
      expect((await lines()).slice(-2)).toEqual(['VERSION_DELETED m/1', 'ALIAS m champion: 1 → null']),
    );
    expect(replica.problems).toEqual([]);
    expect(replica.found).toEqual([]);
  });

  it('refuses what a reader saw before another has written', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    await using slow = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(slow);
    await eventually(() => expect(chaos.calls.get('walkVersions')).toBe(2));
    store.updateVersion('m', 1, approve);
    // It reads APPROVED and is held up before it appends; meanwhile it becomes REJECTED, and the other tells so.
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const getVersions: typeof chaos.adapter.getVersions = async (refs, options) => {
      const found = await chaos.adapter.getVersions(refs, options);
      asked.resolve();
      await gate.promise;
      return found;
    };
    await using held = openReplica({
      journal,
      registry: Object.assign(Object.create(chaos.adapter), { getVersions }),
      pollMs: Number.POSITIVE_INFINITY,
      isActive: false,
    });
    await baseline(held);
    const taking = held.sync.take([{ registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'a' }]);
    await asked.promise;
    store.updateVersion('m', 1, { approvalStatus: 'REJECTED' });
    await slow.sync.take([{ registryId: REGISTRY, entity: ref('m', '1'), dedupeKey: 'b' }]);
    gate.resolve();
    await taking;
    expect(told(await changesIn(journal))).toEqual(['VERSION_STATUS m/1 PENDING → REJECTED']);
  });
});

describe('more than one replica', () => {
  it('walks in one at a time, and hands over when that one is gone', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    const second = openRegistry().chaos;
    addModel(store, 'm');
    const first = openReplica({ journal, registry: chaos.adapter, leaseMs: 200 });
    await baseline(first);
    const other = Object.assign(Object.create(chaos.adapter), {
      walkVersions: (...args: Parameters<typeof chaos.adapter.walkVersions>) => {
        void second.adapter.walkVersions(...args);
        return chaos.adapter.walkVersions(...args);
      },
    });
    await using heir = openReplica({ journal, registry: other, leaseMs: 200 });
    await baseline(heir);
    expect(second.calls.get('walkVersions')).toBeUndefined();
    await first[Symbol.asyncDispose]();
    addVersion(store, 'm');
    await eventually(async () => expect(told(await changesIn(journal))).toContain('VERSION_REGISTERED m/2'));
    expect(second.calls.get('walkVersions')).toBeGreaterThan(0);
  });

  it('takes over what is known from the journal, without a walk', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm', 3);
    await using first = openReplica({ journal, registry: chaos.adapter, pollMs: Number.POSITIVE_INFINITY });
    await baseline(first);
    await eventually(() => expect(chaos.calls.get('walkVersions')).toBe(2));
    chaos.forgetCalls();
    await using second = openReplica({ journal, registry: chaos.adapter, isActive: false });
    await baseline(second);
    expect(chaos.totalCalls()).toBe(0);
  });
});

describe('the ledger', () => {
  it('is waited for, and judges later what had to go out without its word', async () => {
    await using journal = createMemoryJournal();
    const { store, chaos } = openRegistry();
    addModel(store, 'm');
    let isAway = true;
    const judged: string[] = [];
    await using replica = openReplica({
      journal,
      registry: chaos.adapter,
      ledgerWaitMs: 30,
      judge: {
        judge: async ({ version }) => {
          if (isAway) throw new LedgerUnavailableError('away');
          judged.push(version.approvalStatus);
          return { outOfBand: true, approvalId: null };
        },
      },
    });
    await baseline(replica);
    store.updateVersion('m', 1, approve);
    await eventually(async () => expect(await changesIn(journal)).toMatchObject([{ outOfBand: null }]));
    isAway = false;
    await eventually(() => expect(judged).toEqual(['APPROVED']));
    expect(await changesIn(journal)).toHaveLength(1);
  });
});
