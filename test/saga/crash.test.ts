import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VersionRef } from '../../src/domain/refs.js';
import { openGateway } from './open-gateway.js';
import { type GatewayProcesses, openProcesses } from './processes.js';
import { hasEngines, openRegistries, type SagaRegistry } from './registries.js';
import { report } from './rounds.js';
import { at, onWire, pointsOf, quiet, type Step, stepsOver } from './steps.js';
import { decide, expectAgreement, governanceKinds, newVersion, openWorld, untilSettled, type World } from './world.js';

// Processes that start, and engines that others use as well, on a small machine.
vi.setConfig({ testTimeout: 120_000 });

// A gateway is killed between each two steps of a decision, on every registry at once; then another one starts over what is left.

const STEPS: readonly Step[] = [
  { name: 'before the intent is noted', ...at('store.openIntents.note', 'before'), isDecided: false },
  { name: 'before the decision is put', ...at('store.ledger.putDecision', 'before'), isDecided: false },
  { name: 'when the decision is put', ...at('store.ledger.putDecision', 'after'), isDecided: true },
  // The first look is before the intent.
  { name: 'when the head was looked at', ...at('store.ledger.chains', 'after', 2), isDecided: true },
  { name: 'before the write arrives', ...onWire('before', () => 1), isDecided: true },
  { name: 'when the first write has arrived', ...onWire('after', () => 1), isDecided: true },
  { name: 'when the last write has arrived', ...onWire('after', ({ writes }) => writes), isDecided: true },
  { name: 'when it was read back', ...at('adapter.decide', 'after'), isDecided: true },
  { name: 'when the head was looked at again', ...at('store.ledger.chains', 'after', 3), isDecided: true },
  { name: 'before it is settled', ...at('store.ledger.putSettlement', 'before'), isDecided: true },
  { name: 'when it is settled', ...at('store.ledger.putSettlement', 'after'), isDecided: true },
  { name: 'when the note is removed', ...at('store.openIntents.remove', 'after'), isDecided: true },
];

const TIMES = { startWithinMs: 4_000, writeMs: 4_000, sweepMs: 200 };

describe.skipIf(!hasEngines).concurrent.each(governanceKinds)(
  'killed between two steps of a decision, over %s',
  (governance) => {
    const steps = stepsOver(governance, STEPS);
    let processes: GatewayProcesses;
    let registries: readonly SagaRegistry[];
    let world: World;

    beforeAll(async () => {
      [processes, registries] = await Promise.all([openProcesses(), openRegistries()]);
      world = await openWorld(registries, { governance, times: TIMES });
    });
    afterAll(async () => {
      await processes?.[Symbol.asyncDispose]();
      await world?.[Symbol.asyncDispose]();
      for (const registry of registries ?? []) await registry[Symbol.asyncDispose]();
    });

    it('ends as if it had not been, or is carried out', async () => {
      const left = new Map<Step, ReadonlyMap<SagaRegistry, VersionRef>>();
      const todo = [...steps];
      const work = async () => {
        for (let step = todo.shift(); step !== undefined; step = todo.shift()) left.set(step, await killedAt(step));
      };
      await Promise.all([work(), work()]);

      await using gateway = await openGateway(world.setup);
      await untilSettled(world);
      for (const step of steps) {
        for (const [registry, ref] of left.get(step) ?? []) {
          if (step.isDecided) {
            await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: ['GATEWAY APPROVED WRITTEN'] });
            continue;
          }
          await expectAgreement(world, registry, ref, { status: 'PENDING', entries: [] });
          const { errors } = await decide(gateway.url, ref, { to: 'REJECTED' });
          expect(errors, step.name).toEqual([]);
          await expectAgreement(world, registry, ref, { status: 'REJECTED', entries: ['GATEWAY REJECTED WRITTEN'] });
        }
      }
      report(`SIGKILL between two steps of a decision, over ${governance}`, steps.length * registries.length);
    });

    /** One process decides on every registry, and is killed when each has come as far. */
    async function killedAt({ name, point }: Step): Promise<ReadonlyMap<SagaRegistry, VersionRef>> {
      const versions = new Map<SagaRegistry, VersionRef>();
      for (const registry of registries) versions.set(registry, await newVersion(registry));
      const points = pointsOf(registries, point);
      const gateway = await processes.start(quiet(world.setup), { signal: 'SIGKILL', points });
      const unanswered = [...versions.values()].map((ref) =>
        decide(gateway.url, ref, { to: 'APPROVED' }).then(
          (answer) => Promise.reject(new Error(`${name}: it was answered: ${JSON.stringify(answer)}`)),
          () => {},
        ),
      );
      await Promise.all([gateway.stopped, ...unanswered]);
      return versions;
    }
  },
);
