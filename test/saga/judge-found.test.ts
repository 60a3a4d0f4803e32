import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFoundJudge } from '../../src/approvals/judge-found.js';
import type { VersionRef } from '../../src/domain/refs.js';
import { memoryRegistry } from './memory-registry.js';
import { hasEngines, openRegistries, type SagaRegistry, versionIn } from './registries.js';
import { decideAs, openReplica, type Replica, type ReplicaOptions } from './replica.js';
import { entriesOf, expectAgreement, newVersion, openWorld, type World } from './world.js';

// Versions that appear in a registry without passing through a gateway.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 60_000 };
const auto = (check: string) => [{ id: 'auto', onPass: 'approve', rules: [{ name: 'it', check, onFail: 'reject' }] }];
const FROM_S3 = auto("version.artifacts.all(a, a.uri.startsWith('s3://'))");

let registry: SagaRegistry;
let world: World;
beforeAll(async () => {
  registry = memoryRegistry();
  world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
});
afterAll(() => world[Symbol.asyncDispose]());

const judgeIn = async ({ service, facts }: Replica, ref: VersionRef, { adapter } = registry) =>
  createFoundJudge(service, facts)(await versionIn(adapter, ref));
const open = (policies: readonly unknown[], options: ReplicaOptions = {}) =>
  openReplica(world, { policies, ...options });

describe('a version that was registered in the registry itself', () => {
  it('is approved by the rules, once', async () => {
    const ref = await newVersion(registry);
    const found = await versionIn(registry.adapter, ref);
    const { service, facts } = await open(FROM_S3);
    const judge = createFoundJudge(service, facts);
    const said = await Promise.all([judge(found), judge(found)]);
    expect(said.map((each) => each?.evaluation.verdict)).toEqual(['AUTO_APPROVE', 'AUTO_APPROVE']);
    expect((await judge(found))?.decided?.approval.decision.body.actor).toMatchObject({ name: 'auto', kind: 'POLICY' });
    await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['POLICY APPROVED WRITTEN'] });
  });

  it('is rejected by the rules', async () => {
    const ref = await newVersion(registry);
    await judgeIn(await open(auto("version.description == 'good'")), ref);
    // What cannot be read, or is not there, rejects as any check that fails.
    expect(await entriesOf(world, registry, ref)).toEqual(['POLICY REJECTED WRITTEN']);
  });

  it('is left to people where the rules do, and where people have decided already', async () => {
    const [unjudged, reset] = [await newVersion(registry), await newVersion(registry)];
    const outcome = await judgeIn(await open([]), unjudged);
    expect(outcome).toMatchObject({ decided: null, problem: null, evaluation: { verdict: 'ALLOW' } });
    const lenient = await open([]);
    await decideAs(lenient, reset, { to: 'REJECTED' });
    await decideAs(lenient, reset, { to: 'PENDING', expectedStatus: 'REJECTED' });
    expect(await judgeIn(await open(FROM_S3), reset)).toMatchObject({ decided: null, problem: null });
    await registry.setStatus(unjudged, 'APPROVED');
    expect(await judgeIn(await open(FROM_S3), unjudged)).toBeNull();
  });

  it('is to be judged again when it is READY', async () => {
    const ref = await newVersion(registry);
    let isReady = false;
    const replica = await open(FROM_S3, {
      adapter: (inner) => ({
        ...inner,
        getVersions: async (...args) => {
          const [found = null] = await inner.getVersions(...args);
          const isRecord = found !== null && !(found instanceof Error);
          return [isRecord && !isReady ? { ...found, registrationStatus: 'PENDING' } : found];
        },
      }),
    });
    expect(await judgeIn(replica, ref)).toMatchObject({ decided: null, problem: { retryable: true } });
    isReady = true;
    expect(await judgeIn(replica, ref)).toMatchObject({ problem: null });
    expect(await entriesOf(world, registry, ref)).toEqual(['POLICY APPROVED WRITTEN']);
  });
});

describe.skipIf(!hasEngines)('on every engine', () => {
  // Engines that others use as well, on a small machine.
  vi.setConfig({ testTimeout: 120_000 });

  it('is approved by a rule over what the gateway itself reads', async () => {
    await using stack = new AsyncDisposableStack();
    const registries = await openRegistries();
    for (const each of registries) stack.use(each);
    const shared = stack.use(await openWorld(registries, { governance: 'sqlite', times: TIMES }));
    const policies = auto('!hasProduction && model.name.startsWith("saga-")');
    const replica = await openReplica(shared, { policies });
    await Promise.all(
      registries.map(async (each) => {
        const ref = await newVersion(each);
        expect(await judgeIn(replica, ref, each)).toMatchObject({ problem: null });
        await expectAgreement(shared, each, ref, { status: 'APPROVED', entries: ['POLICY APPROVED WRITTEN'] });
      }),
    );
  });
});
