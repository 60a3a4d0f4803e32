import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApprovalRecord, Subject } from '../../src/domain/ledger.js';
import { approvalIdOf } from '../../src/domain/ledger.js';
import { modelId, modelOf, versionId } from '../../src/domain/refs.js';
import type { GovernanceStore, LedgerIndex, LedgerPosition, LedgerQuery } from '../../src/governance/store.js';
import { describeArchive } from './governance-archive.js';
import { describeDeliveries } from './governance-deliveries.js';
import { at, decision, settlement, subject } from './governance-entries.js';
import type { GovernanceHarness, OpenedGovernance } from './governance-harness.js';
import { describeWorkLists } from './governance-work-lists.js';

/** The contract of a governance store, on a real engine. */
export function describeGovernanceStore(name: string, harness: GovernanceHarness): void {
  describe(`governance store: ${name}`, () => {
    let opened: OpenedGovernance;
    let store: GovernanceStore;
    beforeAll(async () => {
      opened = await harness.open();
      store = opened.store;
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    describe('entries', () => describeEntries(() => opened));
    describe('the index', () => describeIndex(harness));
    describeWorkLists(() => opened);
    describe('deliveries', () => describeDeliveries(() => opened));
    describe('the archive', () => describeArchive(harness));

    it('says in its check that all is well', async () => {
      const results = await store.check();
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter(({ ok }) => !ok)).toEqual([]);
    });

    it('closes twice, and then refuses', async () => {
      const other = opened.another();
      await other.ledger.chains(subject().version);
      await other[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await expect(other.ledger.chains(subject().version)).rejects.toThrow(/has been closed/);
    });
  });
}

/** Texts that some engine, some encoding or some key would stumble over. */
const ODD_NAMES = [
  'sl/ash',
  'hash#tag',
  'co:lon',
  'it\'s "quoted" `ticked`',
  '  spaces  ',
  'Ünïcödé-模型-😀',
  'private-\ue000',
  'per%cent_under\\back',
  '..',
  '__proto__',
  'nul\u0000byte',
  '模'.repeat(256),
];

function describeEntries(opened: () => OpenedGovernance): void {
  it('lets one of twenty win a place, and tells all of them which', async () => {
    const of = subject('raced');
    const stores = [opened().store, opened().another()];
    const entries = Array.from({ length: 20 }, (_, index) => decision(of, 1, { comment: `voter ${index}` }));
    const kept = await Promise.all(
      entries.map((entry, index) => stores[index % 2]?.ledger.putDecision(entry) ?? Promise.reject(new Error('none'))),
    );
    expect(new Set(kept.map(({ hash }) => hash)).size).toBe(1);
    const [winner] = kept;
    expect(entries).toContainEqual(winner);
    const [chain] = await opened().store.ledger.chains(of.version);
    expect(chain?.decisions).toEqual([{ sequence: 1, entry: winner }]);

    const settlements = entries.map((entry, index) => settlement(entry, index % 2 === 0 ? 'WRITTEN' : 'FAILED'));
    const settled = await Promise.all(settlements.map((entry) => opened().store.ledger.putSettlement(entry)));
    expect(new Set(settled.map(({ hash }) => hash)).size).toBe(1);
    await stores[1]?.[Symbol.asyncDispose]();
  });

  it('gives an entry back as it was, however often it is put', async () => {
    const of = subject('kept');
    const problem = { code: 'FORBIDDEN', message: 'no' } as const;
    const entry = decision(of, 1, {
      comment: 'line\nfeed "quote" \u0000 \u2028 😀',
      actor: null,
      evaluation: {
        verdict: 'REVIEW',
        policy: null,
        requiredApprovals: 2,
        approvalsSoFar: 0,
        checks: [{ name: 'auc', passed: false, expected: "metrics['auc'] >= 0.9", actual: '0.1e-7', problem }],
        evaluatedAt: at(0),
      },
    });
    expect(await opened().store.ledger.putDecision(entry)).toEqual(entry);
    expect(await opened().store.ledger.putDecision(entry)).toEqual(entry);
    expect(await opened().store.ledger.putDecision({ ...entry, hash: 'other' })).toEqual(entry);
    const [chain] = await opened().store.ledger.chains(of.version);
    expect(chain).toEqual({ subject: of, decisions: [{ sequence: 1, entry }], settlements: [], checkpointed: null });
  });

  it('reads all incarnations of a version and nothing of its neighbours', async () => {
    const [old, recent] = [subject('again', '1', '999'), subject('again', '1', '01J0000000000000000000000Z')];
    for (const of of [old, recent, subject('again', '10', '999'), subject('again2', '1', '999')]) {
      await opened().store.ledger.putDecision(decision(of, 1));
    }
    await opened().store.ledger.putSettlement(settlement(decision(old, 1)));
    for (let sequence = 2; sequence <= 12; sequence += 1)
      await opened().store.ledger.putDecision(decision(old, sequence));
    const stray = settlement(decision(recent, 7));
    await opened().store.ledger.putSettlement(stray);

    const chains = await opened().store.ledger.chains(old.version);
    expect(new Set(chains.map((chain) => chain.subject.incarnation))).toEqual(new Set(['999', recent.incarnation]));
    const of = (incarnation: string) => chains.find((chain) => chain.subject.incarnation === incarnation);
    expect(of('999')?.decisions.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(of('999')?.settlements).toEqual([{ sequence: 1, entry: settlement(decision(old, 1)) }]);
    expect(of(recent.incarnation)?.settlements, 'a settlement without its decision').toEqual([
      { sequence: 7, entry: stray },
    ]);
    expect(await opened().store.ledger.chains(subject('nothing').version)).toEqual([]);
  });

  it.each(ODD_NAMES)('finds what is about a model named %j', async (name) => {
    const of = subject(name, 'v/1 #2');
    const actor = { name: null, kind: 'USER', nativeId: name } as const;
    const entry = decision(of, 1, { actor });
    const record = { decision: entry, settlement: settlement(entry) };
    await opened().store.ledger.putDecision(entry);
    await opened().store.ledger.putSettlement(record.settlement);
    const [chain] = await opened().store.ledger.chains(of.version);
    expect(chain).toMatchObject({ subject: of, decisions: [{ entry }], settlements: [{ entry: record.settlement }] });
    const indexes: LedgerIndex[] = [
      { by: 'model', modelId: modelId(modelOf(of.version)) },
      { by: 'version', versionId: versionId(of.version) },
      { by: 'actor', actorId: name },
    ];
    for (const index of indexes) {
      const { items } = await settled(() => opened().store.ledger.list({ index, direction: 'ASC', limit: 5 }), 1);
      expect(items).toEqual([record]);
    }
  });

  it('finds those of an actor whose id is empty, and not those of nobody', async () => {
    const of = subject('nameless');
    await opened().store.ledger.putDecision(decision(of, 1, { actor: { name: '', kind: 'UNKNOWN', nativeId: null } }));
    await opened().store.ledger.putDecision(decision(of, 2, { actor: null }));
    const index = { by: 'actor', actorId: '' } as const;
    const { items } = await settled(() => opened().store.ledger.list({ index, direction: 'ASC', limit: 5 }), 1);
    expect(items.map((record) => record.decision.body.sequence)).toEqual([1]);
  });
}

interface Population {
  readonly opened: OpenedGovernance;
  readonly records: readonly ApprovalRecord[];
}

/** 60 decisions on six models in two registries, by three actors and nobody; always three of one millisecond. */
async function populate(harness: GovernanceHarness): Promise<Population> {
  const opened = await harness.open();
  const records: ApprovalRecord[] = [];
  for (let index = 0; index < 60; index += 1) {
    const of: Subject = {
      version: { registryId: index % 2 === 0 ? 'lab' : 'prod', name: `model ${index % 6}`, version: `${index % 12}` },
      incarnation: index % 24 < 12 ? '1' : '2',
    };
    const actor = [null, 'ana', 'ben', 'chi'][index % 4] ?? null;
    const entry = decision(of, Math.floor(index / 24) + 1, {
      recordedAt: at(Math.floor(index / 3)),
      actor: actor === null ? null : { name: actor, kind: 'USER', nativeId: null },
      state: index % 5 === 0 ? 'VOTED' : 'INTENDED',
    });
    const isSettled = index % 5 > 1;
    records.push({ decision: entry, settlement: isSettled ? settlement(entry) : null });
  }
  // Not in the order of time: replicas are not.
  await Promise.all(
    records.toReversed().map(async (record) => {
      await opened.store.ledger.putDecision(record.decision);
      if (record.settlement !== null) await opened.store.ledger.putSettlement(record.settlement);
    }),
  );
  await settled(() => opened.store.ledger.list({ index: { by: 'all' }, direction: 'ASC', limit: 100 }), records.length);
  return { opened, records };
}

const INDEXES: readonly (readonly [LedgerIndex, (record: ApprovalRecord) => boolean])[] = [
  [{ by: 'all' }, () => true],
  [{ by: 'registry', registryId: 'prod' }, ({ decision: { body } }) => body.versionId.startsWith('prod/')],
  [{ by: 'model', modelId: 'lab/model%202' }, ({ decision: { body } }) => body.versionId.startsWith('lab/model%202/')],
  [{ by: 'version', versionId: 'lab/model%202/2' }, ({ decision: { body } }) => body.versionId === 'lab/model%202/2'],
  [{ by: 'actor', actorId: 'ben' }, ({ decision: { body } }) => body.actor?.name === 'ben'],
];
const CASES = INDEXES.flatMap(([index, isIn]) =>
  (['ASC', 'DESC'] as const).map((direction) => ({ by: index.by, index, isIn, direction })),
);

function describeIndex(harness: GovernanceHarness): void {
  let population: Population;
  let list: (query: Omit<LedgerQuery, 'limit'>, limit: number) => Promise<ApprovalRecord[]>;
  beforeAll(async () => {
    population = await populate(harness);
    list = (query, limit) => walk(population.opened.store, query, limit);
  });
  afterAll(() => population.opened[Symbol.asyncDispose]());

  it.each(CASES)('by $by, $direction: the same list in pages of any size', async ({ index, isIn, direction }) => {
    const expected = population.records.filter(isIn);
    expect(expected.length).toBeGreaterThan(3);
    const whole = await list({ index, direction }, 200);
    expect(sortedIds(whole)).toEqual(sortedIds(expected));
    const times = whole.map((record) => record.decision.body.recordedAt);
    expect(times).toEqual(direction === 'ASC' ? times.toSorted() : times.toSorted().reverse());
    const known = new Map(expected.map((record) => [approvalIdOf(record.decision), record]));
    for (const record of whole) expect(record).toEqual(known.get(approvalIdOf(record.decision)));
    for (const limit of [1, 2, 7]) expect(await list({ index, direction }, limit)).toEqual(whole);
    const other = await list({ index, direction: direction === 'ASC' ? 'DESC' : 'ASC' }, 4);
    expect(other.toReversed(), 'the mirror').toEqual(whole);
  });

  it.each(CASES)('by $by, $direction: within bounds of time', async ({ index, isIn, direction }) => {
    const query = { index, direction };
    const inTime = (after: string, before: string) =>
      sortedIds(
        population.records
          .filter(isIn)
          .filter(({ decision: { body } }) => body.recordedAt > after && body.recordedAt < before),
      );
    const [early, late] = [at(4), at(15)];
    expect(sortedIds(await list({ ...query, recordedAfter: early }, 3))).toEqual(inTime(early, 'a'));
    expect(sortedIds(await list({ ...query, recordedBefore: late }, 3))).toEqual(inTime('', late));
    expect(sortedIds(await list({ ...query, recordedAfter: early, recordedBefore: late }, 2))).toEqual(
      inTime(early, late),
    );
    expect(await list({ ...query, recordedAfter: late, recordedBefore: early }, 2)).toEqual([]);
    expect(await list({ ...query, recordedAfter: early, recordedBefore: early }, 2)).toEqual([]);
    expect(await list({ ...query, recordedAfter: early, recordedBefore: at(5) }, 2)).toEqual([]);
  });

  it('goes on after a place where nothing is', async () => {
    const whole = await list({ index: { by: 'all' }, direction: 'ASC' }, 200);
    const nowhere: LedgerPosition = { recordedAt: at(7), approvalId: 'approval:lab/none/1/1/999999999' };
    const after = await list({ index: { by: 'all' }, direction: 'ASC', after: nowhere }, 9);
    expect(after).toEqual(whole.filter(({ decision: { body } }) => body.recordedAt > at(7)));
    const before = await list({ index: { by: 'all' }, direction: 'DESC', after: nowhere }, 9);
    expect(before.toReversed()).toEqual(whole.filter(({ decision: { body } }) => body.recordedAt <= at(7)));
  });

  it('is empty for what nobody has decided about', async () => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const query = { index: { by: 'registry', registryId: 'none' }, direction, limit: 10 } as const;
      expect(await population.opened.store.ledger.list(query)).toEqual({ items: [], hasMore: false });
    }
  });

  it('reads on where a page of the engine is full before the list is', async () => {
    await using opened = await harness.open();
    const comment = 'x'.repeat(120_000);
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const entry = decision(subject('heavy'), sequence, { comment });
      await opened.store.ledger.putDecision(entry);
      await opened.store.ledger.putSettlement(settlement(entry));
    }
    const query = { index: { by: 'model', modelId: 'lab/heavy' }, direction: 'DESC', limit: 15 } as const;
    const page = await settled(() => opened.store.ledger.list(query), 15);
    expect(page.hasMore).toBe(true);
    expect(page.items.map((record) => record.decision.body.sequence)).toEqual(
      Array.from({ length: 15 }, (_, i) => 20 - i),
    );
    expect(page.items.every((record) => record.settlement !== null)).toBe(true);
    const [chain] = await opened.store.ledger.chains(subject('heavy').version);
    expect(chain?.decisions).toHaveLength(20);
    expect(chain?.settlements).toHaveLength(20);
  });
}

async function walk(
  store: GovernanceStore,
  query: Omit<LedgerQuery, 'limit'>,
  limit: number,
): Promise<ApprovalRecord[]> {
  const found: ApprovalRecord[] = [];
  for (let { after } = query; ; ) {
    const page = await store.ledger.list({ ...query, limit, ...(after === undefined ? {} : { after }) });
    found.push(...page.items);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    const last = page.items.at(-1);
    if (!page.hasMore || last === undefined) return found;
    expect(page.items).toHaveLength(limit);
    after = { recordedAt: last.decision.body.recordedAt, approvalId: approvalIdOf(last.decision) };
  }
}

function sortedIds(records: readonly ApprovalRecord[]): string[] {
  return records.map(({ decision: entry }) => approvalIdOf(entry)).sort();
}

/** An index may lag a moment behind. */
function settled<P extends { readonly items: readonly unknown[] }>(read: () => Promise<P>, count: number): Promise<P> {
  return vi.waitFor(
    async () => {
      const page = await read();
      expect(page.items.length).toBeGreaterThanOrEqual(count);
      return page;
    },
    { timeout: 10_000, interval: 50 },
  );
}
