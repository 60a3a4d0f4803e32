import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { GraphQLAnswer } from '../support/gateway.js';
import { memoryRegistry } from './memory-registry.js';
import { openGateway } from './open-gateway.js';
import { openProcesses } from './processes.js';
import { hasEngines, openRegistries, type SagaRegistry } from './registries.js';
import { report, rounds } from './rounds.js';
import { decide, expectAgreement, governanceKinds, newVersions, openWorld, type World } from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// Two gateways are asked at once to decide about one version.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 60_000 };
const ROUNDS = 4 * rounds;

interface Race {
  readonly name: string;
  readonly to: readonly [ApprovalStatus, ApprovalStatus];
}

const RACES: readonly Race[] = [
  { name: 'opposite decisions', to: ['APPROVED', 'REJECTED'] },
  { name: 'the same decision', to: ['APPROVED', 'APPROVED'] },
];

describe.skipIf(!hasEngines).each(governanceKinds)('two processes deciding at once, over %s', (governance) => {
  const stack = new AsyncDisposableStack();
  let world: World;
  let gateways: readonly [string, string];

  beforeAll(async () => {
    const processes = stack.use(await openProcesses());
    const registries = await openRegistries();
    for (const registry of registries) stack.use(registry);
    world = stack.use(await openWorld(registries, { governance, times: TIMES }));
    // Both at once: they make what a gateway makes for itself at once, too.
    const [first, second] = await Promise.all([processes.start(world.setup), processes.start(world.setup)]);
    gateways = [first.url, second.url];
  });
  afterAll(() => stack.disposeAsync());

  it.each(RACES)(
    '$name: one of them wins',
    async (race) => {
      for (const registry of world.registries) {
        for (const ref of await newVersions(registry, ROUNDS)) await compete(world, gateways, registry, ref, race);
      }
      report(`races of two processes for ${race.name}, over ${governance}`, ROUNDS * world.registries.length);
    },
    120_000,
  );
});

describe('two gateways deciding at once on a registry in memory', () => {
  it.each(RACES)('$name: one of them wins', async (race) => {
    const registry = memoryRegistry();
    await using world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
    const around = { adapter: () => registry.adapter };
    await using first = await openGateway(world.setup, around);
    await using second = await openGateway(world.setup, around);
    for (const ref of await newVersions(registry, ROUNDS)) {
      await compete(world, [first.url, second.url], registry, ref, race);
    }
    report(`races of two gateways for ${race.name}, in memory`, ROUNDS);
  });
});

async function compete(
  world: World,
  gateways: readonly [string, string],
  registry: SagaRegistry,
  ref: VersionRef,
  { to }: Race,
): Promise<void> {
  const answers = await Promise.all([
    decide(gateways[0], ref, { to: to[0] }),
    decide(gateways[1], ref, { to: to[1], idempotencyKey: randomUUID() }),
  ]);
  const said = JSON.stringify(answers);
  const won = answers.filter(({ errors }) => errors.length === 0);
  const decided = won[0]?.data.decided ?? {};
  const lost = answers.filter(({ errors }) => errors.length > 0);
  expect([won.length, lost.length], said).toEqual([1, 1]);
  const { approval, problem, modelVersion } = decided;
  expect({ problem, state: approval.state, status: modelVersion.approvalStatus }, said).toEqual({
    problem: null,
    state: 'WRITTEN',
    status: approval.to,
  });
  expect(refusal(lost[0]), said).toEqual({
    code: 'CONFLICT',
    winningApprovalId: approval.id,
    currentStatus: approval.to,
  });
  await expectAgreement(world, registry, ref, { status: approval.to, entries: [`GATEWAY ${approval.to} WRITTEN`] });
}

function refusal(answer: GraphQLAnswer | undefined): unknown {
  const { code, winningApprovalId, currentStatus } = (answer?.errors[0]?.extensions ?? {}) as Record<string, unknown>;
  return { code, winningApprovalId, currentStatus };
}
