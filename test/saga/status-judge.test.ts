import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createStatusJudge } from '../../src/approvals/status-judge.js';
import { markOf } from '../../src/approvals/write-decision.js';
import { LedgerUnavailableError } from '../../src/domain/errors.js';
import { type ApprovalRecord, approvalIdOf } from '../../src/domain/ledger.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import { modelOf, type VersionRef } from '../../src/domain/refs.js';
import type { JudgedStatus } from '../../src/domain/status-judge.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { memoryRegistry } from './memory-registry.js';
import { call, hasEngines, openRegistries, type SagaRegistry, versionIn } from './registries.js';
import { chainOf, decideAs, openReplica, type Replica } from './replica.js';
import { entriesOf, expectAgreement, governanceKinds, newVersion, openWorld, type World } from './world.js';

// Whose a status is that was found in a registry, in whatever order one hears of it.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 60_000 };
const REQUIRED = [{ id: 'careful', requiredEvidence: ['description'] }];

let registry: SagaRegistry;
let world: World;
let replica: Replica;
let lenient: Replica;
beforeAll(async () => {
  registry = memoryRegistry();
  world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
  replica = await openReplica(world, { policies: REQUIRED });
  lenient = await openReplica(world);
});
afterAll(() => world[Symbol.asyncDispose]());

const found = async (ref: VersionRef, previousStatus: ApprovalStatus | null, { adapter } = registry) => ({
  version: await versionIn(adapter, ref),
  previousStatus,
});
const judged = async (ref: VersionRef, previousStatus: ApprovalStatus | null): Promise<JudgedStatus> =>
  createStatusJudge(replica.service).judge(await found(ref, previousStatus));
const lastOf = async (ref: VersionRef): Promise<ApprovalRecord> => {
  const last = (await chainOf(replica, registry, ref)).at(-1);
  if (last === undefined) throw new Error('Nothing was decided.');
  return last;
};

/** What is said of the status that a decision has made. */
function saidOf({ decision }: ApprovalRecord): JudgedStatus {
  const { channel, actor } = decision.body;
  return { outOfBand: channel !== 'GATEWAY', approvalId: approvalIdOf(decision), actor };
}

describe('a status that was decided here', () => {
  it('is ours before it is settled, after it, and as often as one asks', async () => {
    const ref = await newVersion(registry);
    const before: JudgedStatus[] = [];
    const told = await openReplica(world, {
      adapter: (inner) => ({
        ...inner,
        decide: async (write, options) => {
          const written = await inner.decide(write, options);
          before.push(await judged(ref, 'PENDING'));
          return written;
        },
      }),
    });
    const approval = await decideAs(told, ref, { to: 'APPROVED' });
    const ours = saidOf(approval);
    expect([...before, await judged(ref, 'PENDING'), await judged(ref, 'PENDING')]).toEqual([ours, ours, ours]);
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['GATEWAY APPROVED WRITTEN'] });
  });

  it('is ours where one hears of it when it is over', async () => {
    const ref = await newVersion(registry);
    const first = await decideAs(lenient, ref, { to: 'APPROVED' });
    const late = await found(ref, 'PENDING');
    const second = await decideAs(lenient, ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    expect(await judged(ref, 'PENDING')).toEqual(saidOf(second));
    expect(await createStatusJudge(replica.service).judge(late)).toEqual(saidOf(first));
    const entries = ['GATEWAY APPROVED WRITTEN', 'GATEWAY REJECTED WRITTEN'];
    await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
  });

  it('is ours where its write came late, which is put right', async () => {
    const ref = await newVersion(registry);
    const first = await decideAs(lenient, ref, { to: 'APPROVED' });
    await decideAs(lenient, ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    const { incarnation } = await versionIn(registry.adapter, ref);
    await registry.adapter.decide({ version: ref, incarnation, mark: markOf(first.decision) }, call());
    expect(await judged(ref, 'REJECTED')).toEqual(saidOf(first));
    const entries = ['GATEWAY APPROVED WRITTEN', 'GATEWAY REJECTED WRITTEN'];
    await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
  });

  it("is nobody's where a version was registered PENDING", async () => {
    const ref = await newVersion(registry);
    expect(await judged(ref, null)).toEqual({ outOfBand: false, approvalId: null });
    expect(await entriesOf(world, registry, ref)).toEqual([]);
  });
});

describe('a status that nobody decided here', () => {
  it('enters the ledger once, with what the policy says of it', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    const first = await judged(ref, 'PENDING');
    expect(await judged(ref, 'PENDING')).toEqual(first);
    const entry = await lastOf(ref);
    expect(first).toEqual(saidOf(entry));
    expect(entry.decision.body).toMatchObject({
      channel: 'OUT_OF_BAND',
      from: 'PENDING',
      actor: null,
      evaluation: { policy: 'careful', verdict: 'DENY' },
    });
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['OUT_OF_BAND APPROVED WRITTEN'] });
  });

  it('is imported where the version has just appeared', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    expect(await judged(ref, null)).toMatchObject({ outOfBand: true });
    expect((await lastOf(ref)).decision.body).toMatchObject({
      channel: 'IMPORTED',
      from: null,
      evaluation: { verdict: 'DENY' },
    });
  });

  it('is judged by no policy where it was there before anybody looked', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    await decideAs(lenient, ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    const [imported] = await chainOf(replica, registry, ref);
    expect(imported?.decision.body).toMatchObject({ channel: 'IMPORTED', evaluation: null });
  });

  it('is known by what was seen before, where nothing was decided', async () => {
    const ref = await newVersion(registry);
    expect(await judged(ref, 'APPROVED')).toMatchObject({ outOfBand: true });
    expect((await lastOf(ref)).decision.body).toMatchObject({
      channel: 'OUT_OF_BAND',
      from: 'APPROVED',
      to: 'PENDING',
    });
  });

  it('enters once where many find it at once', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    const replicas = await Promise.all([1, 2, 3, 4].map(() => openReplica(world, { policies: REQUIRED })));
    const status = await found(ref, 'PENDING');
    const said = await Promise.all(replicas.map(({ service }) => createStatusJudge(service).judge(status)));
    expect(new Set(said.map((each) => JSON.stringify(each))).size).toBe(1);
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['OUT_OF_BAND APPROVED WRITTEN'] });
  });

  it('waits for a ledger that is away', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    let isAway = true;
    const refuse = async () => {
      throw new LedgerUnavailableError('It is away.');
    };
    const away = (store: GovernanceStore): GovernanceStore => ({
      ...store,
      ledger: { ...store.ledger, chains: (version) => (isAway ? refuse() : store.ledger.chains(version)) },
    });
    const { service } = await openReplica(world, { store: away });
    const status = await found(ref, 'PENDING');
    await expect(createStatusJudge(service).judge(status)).rejects.toThrow(LedgerUnavailableError);
    isAway = false;
    expect(await createStatusJudge(service).judge(status)).toMatchObject({ outOfBand: true });
  });

  it('leaves nothing where it has gone by then, and what is there instead enters', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    const gone = await found(ref, 'PENDING');
    await registry.setStatus(ref, 'REJECTED');
    expect(await createStatusJudge(replica.service).judge(gone)).toEqual({ outOfBand: true, approvalId: null });
    await expectAgreement(world, registry, ref, { status: 'REJECTED', entries: ['OUT_OF_BAND REJECTED WRITTEN'] });
  });

  it('is not taken for that of a version made anew under its name, nor of none', async () => {
    const ref = await newVersion(registry);
    await registry.setStatus(ref, 'APPROVED');
    const gone = await found(ref, 'PENDING');
    const { service } = replica;
    const { adapter, artifacts } = registry;
    await adapter.deleteVersion(ref, call());
    expect(await createStatusJudge(service).judge(gone)).toEqual({ outOfBand: true, approvalId: null });
    await registry.deleteModel(modelOf(ref));
    await adapter.createModel({ name: ref.name }, call());
    expect((await adapter.registerVersion({ model: modelOf(ref), artifacts }, call())).ref).toEqual(ref);
    await registry.setStatus(ref, 'APPROVED');
    expect(await createStatusJudge(service).judge(gone)).toEqual({ outOfBand: true, approvalId: null });
    expect(await entriesOf(world, registry, ref)).toEqual([]);
    expect((await service.ledger.read(ref)).of(gone.version.incarnation).records).toEqual([]);
  });

  it('leaves to whoever is deciding what becomes of it', async () => {
    const ref = await newVersion(registry);
    const seen: JudgedStatus[] = [];
    const slow = await openReplica(world, {
      adapter: (inner) => ({
        ...inner,
        decide: async (write, options) => {
          await registry.setStatus(ref, 'REJECTED');
          seen.push(await judged(ref, 'PENDING'));
          return inner.decide(write, options);
        },
      }),
    });
    await decideAs(slow, ref, { to: 'APPROVED' });
    expect(seen).toEqual([{ outOfBand: true, approvalId: null }]);
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['GATEWAY APPROVED WRITTEN'] });
  });
});

describe.skipIf(!hasEngines).each(governanceKinds)('on every engine, over %s', (governance) => {
  // Engines that others use as well, on a small machine.
  vi.setConfig({ testTimeout: 120_000 });

  it('two replicas tell what people set by hand from what was decided here', async () => {
    await using stack = new AsyncDisposableStack();
    const registries = await openRegistries();
    for (const each of registries) stack.use(each);
    const shared = stack.use(await openWorld(registries, { governance, times: TIMES }));
    const [first, second] = [await openReplica(shared), await openReplica(shared)];
    await Promise.all(
      registries.map(async (each) => {
        const ref = await newVersion(each);
        const approval = await decideAs(first, ref, { to: 'APPROVED' });
        const judge = async ({ service }: Replica, before: ApprovalStatus) =>
          createStatusJudge(service).judge(await found(ref, before, each));
        expect(await judge(second, 'PENDING')).toEqual(saidOf(approval));
        await each.setStatus(ref, 'REJECTED');
        const said = await Promise.all([judge(first, 'APPROVED'), judge(second, 'APPROVED')]);
        const [, byHand] = await chainOf(first, each, ref);
        expect(said).toEqual([byHand, byHand].map((record) => record && saidOf(record)));
        const entries = ['GATEWAY APPROVED WRITTEN', 'OUT_OF_BAND REJECTED WRITTEN'];
        await expectAgreement(shared, each, ref, { status: 'REJECTED', entries });
      }),
    );
  });
});
