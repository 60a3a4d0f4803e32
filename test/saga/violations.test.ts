import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rollForward } from '../../src/approvals/roll-forward.js';
import { createStatusJudge } from '../../src/approvals/status-judge.js';
import { UnavailableError } from '../../src/domain/errors.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { Journal } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { memoryRegistry } from './memory-registry.js';
import { hasEngines, openRegistries, type SagaRegistry, versionIn } from './registries.js';
import { chainOf, decideAs, openReplica, type Replica } from './replica.js';
import { AT_ONCE_MS, changesIn, feedOf, toldBy, untilTold } from './told.js';
import { until } from './until.js';
import { entriesOf, expectAgreement, newVersion, openWorld, type World } from './world.js';

// Approvals in the registry itself that a policy would not have allowed, and setting them back.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 60_000 };
const STRICT = [{ id: 'strict' }];
const REVERTING = [{ id: 'strict', outOfBand: { revert: true } }];
const HOUR_MS = 3_600_000;

let registry: SagaRegistry;
let world: World;
let journal: Journal;
let ref: VersionRef;
let skippedMs = 0;
const now = () => Date.now() + skippedMs;
beforeEach(async () => {
  skippedMs = 0;
  registry = memoryRegistry();
  world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
  journal = createMemoryJournal({ now });
  ref = await newVersion(registry);
});
afterEach(() => world[Symbol.asyncDispose]());

const open = (policies: readonly unknown[], options = {}) => openReplica(world, { policies, now, ...options });

/** Somebody sets it past every gateway, and whoever watches the registry finds it. */
async function setByHand(replica: Replica, status: ApprovalStatus, before: ApprovalStatus | null = 'PENDING') {
  await registry.setStatus(ref, status);
  return judged(replica, before);
}

async function judged({ service }: Replica, previousStatus: ApprovalStatus | null, each = registry, of = ref) {
  return createStatusJudge(service).judge({ version: await versionIn(each.adapter, of), previousStatus });
}

describe('an approval that the policy would not have allowed', () => {
  it('is told, with what the policy says of it in its entry', async () => {
    const replica = await open(STRICT);
    await using _feed = feedOf(replica, journal);
    const { approvalId } = await setByHand(replica, 'APPROVED');
    await untilTold(journal, 'APPROVAL_RECORDED 1', 'POLICY_VIOLATED 1');
    const violated = (await changesIn(journal)).find(({ type }) => type === 'POLICY_VIOLATED');
    expect(violated).toMatchObject({ approvalId, reverted: false, version: '1', actor: null });
    const [entry] = await chainOf(replica, registry, ref);
    expect(entry?.decision.body.evaluation).toMatchObject({
      policy: 'strict',
      verdict: 'DENY',
      checks: [{ name: 'out of band: separation of duties', passed: false }],
    });
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['OUT_OF_BAND APPROVED WRITTEN'] });
  });

  it('is none without a policy, nor where the status is another', async () => {
    const lenient = await open([]);
    await using _feed = feedOf(lenient, journal);
    await setByHand(lenient, 'APPROVED');
    await untilTold(journal, 'APPROVAL_RECORDED 1');
    const strict = await open(REVERTING);
    await using _other = feedOf(strict, journal);
    await setByHand(strict, 'REJECTED', 'APPROVED');
    await setByHand(strict, 'PENDING', 'REJECTED');
    await untilTold(journal, 'APPROVAL_RECORDED 3');
    expect(await toldBy(journal)).toEqual(['APPROVAL_RECORDED 1', 'APPROVAL_RECORDED 2', 'APPROVAL_RECORDED 3']);
  });

  it.each<[string, ApprovalStatus | null, ApprovalStatus]>([
    ['that was PENDING', 'PENDING', 'PENDING'],
    ['that was REJECTED', 'REJECTED', 'REJECTED'],
    ['that has just appeared', null, 'PENDING'],
  ])('of a version %s is set back where the policy says so', async (_, before, back) => {
    const replica = await open(REVERTING);
    await using _feed = feedOf(replica, journal);
    await setByHand(replica, 'APPROVED', before);
    await untilTold(journal, 'POLICY_VIOLATED 1 reverted');
    const channel = before === null ? 'IMPORTED' : 'OUT_OF_BAND';
    const entries = [`${channel} APPROVED WRITTEN`, `POLICY ${back} WRITTEN`];
    await expectAgreement(world, registry, ref, { status: back, entries });
    const [, revert] = await chainOf(replica, registry, ref);
    expect(revert?.decision.body).toMatchObject({
      actor: { name: 'strict', kind: 'POLICY' },
      comment: expect.stringContaining(`Set back to ${back}`),
    });
    expect(await judged(replica, 'APPROVED')).toMatchObject({ outOfBand: false });
  });

  it('is set back once in an hour: after that, a person has the last word', async () => {
    const replica = await open(REVERTING);
    await using _feed = feedOf(replica, journal);
    await setByHand(replica, 'APPROVED');
    await untilTold(journal, 'POLICY_VIOLATED 1 reverted');
    await setByHand(replica, 'APPROVED');
    await untilTold(journal, 'POLICY_VIOLATED 3');
    expect((await versionIn(registry.adapter, ref)).approvalStatus).toBe('APPROVED');
    await setByHand(replica, 'PENDING', 'APPROVED');
    skippedMs = HOUR_MS;
    await setByHand(replica, 'APPROVED');
    await untilTold(journal, 'POLICY_VIOLATED 5 reverted');
    const entries = [
      'OUT_OF_BAND APPROVED WRITTEN',
      'POLICY PENDING WRITTEN',
      'OUT_OF_BAND APPROVED WRITTEN',
      'OUT_OF_BAND PENDING WRITTEN',
      'OUT_OF_BAND APPROVED WRITTEN',
      'POLICY PENDING WRITTEN',
    ];
    await expectAgreement(world, registry, ref, { status: 'PENDING', entries });
  });

  it('is set back once by many who find it at once', async () => {
    const replicas = await Promise.all([open(REVERTING), open(REVERTING), open(REVERTING)]);
    await using stack = new AsyncDisposableStack();
    for (const replica of replicas) stack.use(feedOf(replica, journal, { everyMs: AT_ONCE_MS }));
    await registry.setStatus(ref, 'APPROVED');
    await Promise.all(replicas.map((replica) => judged(replica, 'PENDING')));
    await untilTold(journal, 'POLICY_VIOLATED 1 reverted');
    await stack.disposeAsync();
    const entries = ['OUT_OF_BAND APPROVED WRITTEN', 'POLICY PENDING WRITTEN'];
    await expectAgreement(world, registry, ref, { status: 'PENDING', entries });
    expect((await toldBy(journal)).filter((each) => each.startsWith('POLICY_VIOLATED'))).toHaveLength(1);
  });

  it('is set back by another where who has found it was killed, and told where the journal knows the time', async () => {
    await setByHand(await open(REVERTING), 'APPROVED');
    const survivor = await open(REVERTING);
    await using _feed = feedOf(survivor, journal, { everyMs: AT_ONCE_MS });
    // The journal began after it was found.
    await until('it is set back', async () => (await chainOf(survivor, registry, ref))[1]?.settlement ?? undefined);
    await untilTold(journal, 'APPROVAL_RECORDED 2');
    expect(await toldBy(journal)).toEqual(['APPROVAL_RECORDED 2']);
  });

  it('is left where somebody has decided since', async () => {
    await setByHand(await open(REVERTING), 'APPROVED');
    const replica = await open(REVERTING);
    await decideAs(replica, ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    await decideAs(replica, ref, { to: 'PENDING', expectedStatus: 'REJECTED' });
    skippedMs = -60_000;
    const survivor = await open(REVERTING);
    await using _feed = feedOf(survivor, journal, { everyMs: AT_ONCE_MS });
    await untilTold(journal, 'POLICY_VIOLATED 1');
    expect(await entriesOf(world, registry, ref)).toHaveLength(3);
  });

  it('is told when it is known what has become of setting it back', async () => {
    let isAway = true;
    const replica = await open(REVERTING, {
      adapter: (inner: SagaRegistry['adapter']) => ({
        ...inner,
        decide: async (...args: Parameters<typeof inner.decide>) => {
          if (isAway) throw new UnavailableError('It is away.', { registryId: inner.id });
          return inner.decide(...args);
        },
      }),
    });
    await using _feed = feedOf(replica, journal, { everyMs: AT_ONCE_MS });
    await setByHand(replica, 'APPROVED');
    const intent = await until('it is decided', async () => (await chainOf(replica, registry, ref))[1]);
    await untilTold(journal, 'APPROVAL_RECORDED 2');
    isAway = false;
    expect((await toldBy(journal)).join()).not.toContain('POLICY_VIOLATED');
    await rollForward(replica.service, intent.decision);
    await untilTold(journal, 'POLICY_VIOLATED 1 reverted');
  });

  it('is told in the end where the registry stays away', async () => {
    const replica = await open(REVERTING);
    await setByHand(replica, 'APPROVED');
    const away = await open(REVERTING, {
      adapter: (inner: SagaRegistry['adapter']) => ({
        ...inner,
        getVersions: async () => [new UnavailableError('It is away.', { registryId: inner.id })],
      }),
    });
    skippedMs = -60_000;
    await using _feed = feedOf(away, journal, { everyMs: AT_ONCE_MS });
    await untilTold(journal, 'APPROVAL_RECORDED 1');
    expect(await toldBy(journal)).toEqual(['APPROVAL_RECORDED 1']);
    skippedMs = 6 * 60_000;
    await untilTold(journal, 'POLICY_VIOLATED 1');
    expect(await entriesOf(world, registry, ref)).toEqual(['OUT_OF_BAND APPROVED WRITTEN']);
  });
});

describe.skipIf(!hasEngines)('on every engine', () => {
  // Engines that others use as well, on a small machine.
  vi.setConfig({ testTimeout: 120_000 });

  it('is set back, which is ours', async () => {
    await using stack = new AsyncDisposableStack();
    const registries = await openRegistries();
    for (const each of registries) stack.use(each);
    const shared = stack.use(await openWorld(registries, { governance: 'sqlite', times: TIMES }));
    const replica = await openReplica(shared, { policies: REVERTING });
    stack.use(feedOf(replica, journal));
    await Promise.all(
      registries.map(async (each) => {
        const of = await newVersion(each);
        await each.setStatus(of, 'APPROVED');
        expect(await judged(replica, 'PENDING', each, of)).toMatchObject({ outOfBand: true });
        await until('it is set back', async () => (await chainOf(replica, each, of))[1]?.settlement ?? undefined);
        expect(await judged(replica, 'APPROVED', each, of)).toMatchObject({ outOfBand: false });
        const entries = ['OUT_OF_BAND APPROVED WRITTEN', 'POLICY PENDING WRITTEN'];
        await expectAgreement(shared, each, of, { status: 'PENDING', entries });
      }),
    );
    await until('all are told', async () => {
      const told = (await toldBy(journal)).filter((each) => each === 'POLICY_VIOLATED 1 reverted');
      return told.length === registries.length || undefined;
    });
  });
});
