import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { App } from '../../src/app.js';
import type { ApprovalStatus } from '../../src/domain/model.js';
import type { VersionRef } from '../../src/domain/refs.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import type { GraphQLAnswer } from '../support/gateway.js';
import { openGateway } from './open-gateway.js';
import { type GatewayProcesses, openProcesses } from './processes.js';
import { hasEngines, openRegistries, type SagaRegistry } from './registries.js';
import { isThorough, report } from './rounds.js';
import { at, onWire, pointsOf, quiet, type Step, stepsOver } from './steps.js';
import { until } from './until.js';
import { decide, expectAgreement, governanceKinds, newVersion, openWorld, untilSettled, type World } from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// A gateway stands still in the middle of a decision for so long that another one decides otherwise; then it goes on.

const STEPS: readonly Step[] = [
  { name: 'before its decision is put', ...at('store.ledger.putDecision', 'before'), isDecided: false },
  { name: 'when its decision is put', ...at('store.ledger.putDecision', 'after'), isDecided: true },
  { name: 'when it has looked at the head', ...at('store.ledger.chains', 'after', 2), isDecided: true },
  { name: 'before its write begins', ...at('adapter.decide', 'before'), isDecided: true },
  { name: 'before its first write arrives', ...onWire('before', () => 1), isDecided: true },
  { name: 'before its last write arrives', ...onWire('before', ({ writes }) => writes), isDecided: true },
  { name: 'before its write is answered', ...onWire('after', ({ writes }) => writes), isDecided: true },
  { name: 'when it has read back', ...at('adapter.decide', 'after'), isDecided: true },
  { name: 'before it settles', ...at('store.ledger.putSettlement', 'before'), isDecided: true },
];

const TIMES = { startWithinMs: 2_000, writeMs: 2_500, sweepMs: 200 };
const DUE_MS = TIMES.startWithinMs + TIMES.writeMs;

interface Held {
  readonly versions: ReadonlyMap<SagaRegistry, VersionRef>;
  readonly answers: ReadonlyMap<SagaRegistry, Promise<GraphQLAnswer>>;
  goOn(): void;
}

describe.skipIf(!hasEngines).concurrent.each(governanceKinds)(
  'standing still in the middle of a decision, over %s',
  (governance) => {
    const steps = stepsOver(governance, STEPS);
    let processes: GatewayProcesses;
    let registries: readonly SagaRegistry[];
    let world: World;
    let other: App;
    let finished = 0;

    beforeAll(async () => {
      [processes, registries] = await Promise.all([openProcesses(), openRegistries()]);
      world = await openWorld(registries, { governance, times: TIMES });
      other = await openGateway(world.setup);
    });
    afterAll(async () => {
      report(`SIGSTOP in the middle of a decision, another one, SIGCONT, over ${governance}`, finished);
      await processes?.[Symbol.asyncDispose]();
      await other?.[Symbol.asyncDispose]();
      await world?.[Symbol.asyncDispose]();
      for (const registry of registries ?? []) await registry[Symbol.asyncDispose]();
    });

    it.concurrent.each(steps)('$name', async ({ point, isDecided }) => {
      const held = await heldAt(point);
      for (const [registry, ref] of held.versions) {
        if (!isDecided) continue;
        const early = await decide(other.url, ref, { to: 'REJECTED' });
        const winner = `approval:${registry.id}/${ref.name}/${ref.version}/`;
        expect(early.errors).toMatchObject([
          { extensions: { code: 'CONFLICT', winningApprovalId: expect.stringContaining(winner) } },
        ]);
      }
      await sleep(DUE_MS);
      await Promise.all([...held.versions.values()].map((ref) => decideOnWhatIsThere(other.url, ref, 'REJECTED')));
      held.goOn();

      for (const [registry, ref] of held.versions) {
        const answer = await held.answers.get(registry);
        const said = JSON.stringify(answer);
        if (isDecided) expect(answer?.errors, said).toEqual([]);
        else expect(answer?.errors, said).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
        await untilSettled(world);
        const entries = [...(isDecided ? ['GATEWAY APPROVED WRITTEN'] : []), 'GATEWAY REJECTED WRITTEN'];
        await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
        finished += 1;
      }
    });

    if (governance === 'sqlite' || isThorough) {
      it.concurrent('while it carries out what another has left behind', async () => {
        await Promise.all(registries.map(heldWhileSweeping));
      });
    }

    /** Alone over a store of its own, so that it is the one to sweep. */
    async function heldWhileSweeping(registry: SagaRegistry): Promise<void> {
      await using own = await openWorld([registry], { governance, times: TIMES });
      const ref = await newVersion(registry);
      {
        await using upstream = await startFaultProxy(registry.origin);
        upstream.inject({ kind: 'reset' }, { match: registry.wire.decide });
        const setup = quiet({ ...own.setup, registries: [registry.through(upstream.origin)] });
        await using leaving = await openGateway(setup);
        expect((await decide(leaving.url, ref, { to: 'APPROVED' })).data.decided.approval.state).toBe('INTENDED');
      }
      const points = pointsOf([registry], onWire('before', ({ writes }) => writes).point);
      const sweeping = await processes.start(own.setup, { signal: 'SIGSTOP', points });
      await sweeping.stopped;
      await using deciding = await openGateway(quiet(own.setup));
      await decideOnWhatIsThere(deciding.url, ref, 'REJECTED');
      await sleep(TIMES.writeMs);
      sweeping.goOn();
      await untilSettled(own);
      const entries = ['GATEWAY APPROVED WRITTEN', 'GATEWAY REJECTED WRITTEN'];
      await expectAgreement(own, registry, ref, { status: 'REJECTED', entries });
      finished += 1;
    }

    async function heldAt(point: Step['point']): Promise<Held> {
      const versions = new Map<SagaRegistry, VersionRef>();
      for (const registry of registries) versions.set(registry, await newVersion(registry));
      const stopAt = { signal: 'SIGSTOP', points: pointsOf(registries, point) } as const;
      const gateway = await processes.start(quiet(world.setup), stopAt);
      const answers = new Map(
        [...versions].map(([registry, ref]) => [registry, decide(gateway.url, ref, { to: 'APPROVED' })]),
      );
      await gateway.stopped;
      return { versions, answers, goOn: gateway.goOn };
    }

    /** As somebody does who looks, decides, and looks again when told that it has changed. */
    function decideOnWhatIsThere(url: string, ref: VersionRef, to: ApprovalStatus): Promise<true> {
      let expectedStatus: ApprovalStatus = 'PENDING';
      return until(`${ref.name} is ${to}`, async () => {
        const { errors } = await decide(url, ref, { to, expectedStatus });
        const [error] = errors as readonly { extensions: { code: string; currentStatus?: ApprovalStatus } }[];
        if (error === undefined) return true;
        expect(error.extensions.code, JSON.stringify(error)).toBe('CONFLICT');
        expectedStatus = error.extensions.currentStatus ?? expectedStatus;
        return undefined;
      });
    }
  },
);
