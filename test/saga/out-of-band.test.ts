import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readVerified } from '../../src/approvals/ledger/read-chains.js';
import { markOf } from '../../src/approvals/write-decision.js';
import { modelOf, type VersionRef } from '../../src/domain/refs.js';
import { openGateway } from './open-gateway.js';
import { call, hasEngines, openRegistries, type SagaRegistry, versionIn } from './registries.js';
import { report } from './rounds.js';
import { decide, expectAgreement, newVersion, openWorld, untilSettled, type World } from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// Others write the status past every gateway: people by hand, and writes of a gateway's own that come when nobody waits for them any more.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 200 };

let registries: readonly SagaRegistry[];
let world: World;
let gateway: Awaited<ReturnType<typeof openGateway>>;
let finished = 0;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  registries = await openRegistries();
  for (const registry of registries) stack.use(registry);
  world = stack.use(await openWorld(registries, { governance: 'sqlite', times: TIMES }));
  gateway = stack.use(await openGateway(world.setup));
});
afterAll(async () => {
  report('statuses set past the gateway, and late writes', finished);
  await stack.disposeAsync();
});

async function onEach(run: (registry: SagaRegistry, ref: VersionRef) => Promise<void>): Promise<void> {
  await Promise.all(
    registries.map(async (registry) => {
      await run(registry, await newVersion(registry));
      finished += 1;
    }),
  );
}

async function decided(ref: VersionRef, ...request: [Parameters<typeof decide>[2]]): Promise<void> {
  const { errors, data } = await decide(gateway.url, ref, ...request);
  expect(errors).toEqual([]);
  expect(data.decided).toMatchObject({ problem: null, approval: { state: 'WRITTEN' } });
}

describe.skipIf(!hasEngines)('a status that nobody decided here', () => {
  it('enters the ledger before the next decision', () =>
    onEach(async (registry, ref) => {
      await registry.setStatus(ref, 'APPROVED');
      const blind = await decide(gateway.url, ref, { to: 'REJECTED' });
      expect(blind.errors).toMatchObject([{ extensions: { code: 'CONFLICT', currentStatus: 'APPROVED' } }]);
      await decided(ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
      await registry.setStatus(ref, 'PENDING');
      await decided(ref, { to: 'APPROVED' });
      const entries = [
        'IMPORTED APPROVED WRITTEN',
        'GATEWAY REJECTED WRITTEN',
        'OUT_OF_BAND PENDING WRITTEN',
        'GATEWAY APPROVED WRITTEN',
      ];
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries });
    }));

  it('begins a chain of its own where the version was deleted and made again', () =>
    onEach(async (registry, ref) => {
      await decided(ref, { to: 'APPROVED' });
      const { adapter, artifacts } = registry;
      const before = await versionIn(adapter, ref);
      await adapter.deleteVersion(ref, call());
      await registry.deleteModel(modelOf(ref));
      await adapter.createModel({ name: ref.name }, call());
      const again = await adapter.registerVersion({ model: modelOf(ref), artifacts }, call());
      // SageMaker, too, counts from one again where the whole group was made anew.
      expect(again.ref).toEqual(ref);
      expect(again.incarnation).not.toBe(before.incarnation);
      await expectAgreement(world, registry, ref, { status: 'PENDING', entries: [] });
      await decided(ref, { to: 'REJECTED' });
      await expectAgreement(world, registry, ref, { status: 'REJECTED', entries: ['GATEWAY REJECTED WRITTEN'] });
      const old = (await readVerified(world.store.ledger, world.keys, ref)).of(before.incarnation).records;
      expect(old.map(({ decision }) => decision.body.to)).toEqual(['APPROVED']);
    }));
});

describe.skipIf(!hasEngines)('a write that comes late', () => {
  it("is known by its mark and put right, and is nobody's decision", () =>
    onEach(async (registry, ref) => {
      await decided(ref, { to: 'APPROVED' });
      await decided(ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
      await writeAgain(registry, ref, 1);
      expect((await versionIn(registry.adapter, ref)).approvalStatus).toBe('APPROVED');
      // The decider saw what the ledger says.
      await decided(ref, { to: 'PENDING', expectedStatus: 'REJECTED' });
      const entries = ['GATEWAY APPROVED WRITTEN', 'GATEWAY REJECTED WRITTEN', 'GATEWAY PENDING WRITTEN'];
      await expectAgreement(world, registry, ref, { status: 'PENDING', entries });
    }));

  it('is put right by the sweeper where it is known to be still under way', () =>
    onEach(async (registry, ref) => {
      await decided(ref, { to: 'APPROVED' });
      await decided(ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
      await writeAgain(registry, ref, 1);
      const { incarnation } = await versionIn(registry.adapter, ref);
      const intent = { subject: { version: ref, incarnation }, sequence: 1, dueAt: new Date().toISOString() };
      await world.store.openIntents.note(intent);
      await untilSettled(world);
      const entries = ['GATEWAY APPROVED WRITTEN', 'GATEWAY REJECTED WRITTEN'];
      await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
    }));

  it('is not what people set by hand after a decision', () =>
    onEach(async (registry, ref) => {
      await decided(ref, { to: 'APPROVED' });
      await registry.setStatus(ref, 'REJECTED');
      await decided(ref, { to: 'PENDING', expectedStatus: 'REJECTED' });
      await registry.setStatus(ref, 'APPROVED');
      await decided(ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
      const entries = [
        'GATEWAY APPROVED WRITTEN',
        'OUT_OF_BAND REJECTED WRITTEN',
        'GATEWAY PENDING WRITTEN',
        'OUT_OF_BAND APPROVED WRITTEN',
        'GATEWAY REJECTED WRITTEN',
      ];
      await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
    }));
});

/** What a gateway sent long ago arrives now. */
async function writeAgain(registry: SagaRegistry, ref: VersionRef, sequence: number): Promise<void> {
  const { incarnation } = await versionIn(registry.adapter, ref);
  const { records } = (await readVerified(world.store.ledger, world.keys, ref)).of(incarnation);
  const record = records[sequence - 1];
  if (record === undefined) throw new Error(`There is no decision ${sequence}.`);
  await registry.adapter.decide({ version: ref, incarnation, mark: markOf(record.decision) }, call());
}
