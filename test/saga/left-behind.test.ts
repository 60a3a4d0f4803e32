import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { LedgerUnavailableError, PermissionDeniedError, UnavailableError } from '../../src/domain/errors.js';
import type { VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { memoryRegistry } from './memory-registry.js';
import { type Around, openGateway } from './open-gateway.js';
import { type SagaRegistry, versionIn } from './registries.js';
import { report } from './rounds.js';
import { until } from './until.js';
import { decide, entriesOf, expectAgreement, newVersion, openWorld, untilSettled, type World } from './world.js';

// Who may settle an intent, when, and what its own decider is told. On a registry in memory, so that each call can be held or refused.

const TIMES = { startWithinMs: 600, writeMs: 600, sweepMs: 50 };
const DUE_MS = TIMES.startWithinMs + TIMES.writeMs;
const WRITTEN = ['GATEWAY APPROVED WRITTEN'];
const INTENDED = ['GATEWAY APPROVED INTENDED'];
const KEY = 'the-same-request-again';

let finished = 0;
afterAll(() => report('intents that were left behind', finished));

/** A world of its own with one version in memory. */
async function inMemory(run: (world: World, registry: SagaRegistry, ref: VersionRef) => Promise<void>): Promise<void> {
  const registry = memoryRegistry();
  await using world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
  await run(world, registry, await newVersion(registry));
  finished += 1;
}

describe('the decider', () => {
  it('that sends the same request again is told of its own decision, not that another was first', () =>
    inMemory(async (world, registry, ref) => {
      let answers = 0;
      const lostAnswers = (store: GovernanceStore): GovernanceStore => ({
        ...store,
        ledger: {
          ...store.ledger,
          putDecision: async (entry) => {
            const kept = await store.ledger.putDecision(entry);
            answers += 1;
            if (answers <= 2) throw new LedgerUnavailableError('The answer is lost.');
            return kept;
          },
        },
      });
      await using gateway = await openGateway(world.setup, { ...sharing(registry), store: lostAnswers });
      const request = { to: 'APPROVED', idempotencyKey: KEY } as const;
      const first = await decide(gateway.url, ref, request);
      expect(first.errors).toMatchObject([{ extensions: { code: 'LEDGER_UNAVAILABLE' } }]);
      const again = await decide(gateway.url, ref, request);
      expect(again.errors).toEqual([]);
      expect(again.data.decided).toMatchObject({ approval: { state: 'INTENDED' }, problem: { code: 'CONFLICT' } });
      const others = await decide(gateway.url, ref, { ...request, idempotencyKey: `${KEY}-not` });
      expect(others.errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
      await untilSettled(world);
      const later = await decide(gateway.url, ref, request);
      expect(later.data.decided).toMatchObject({ replayed: true, approval: { state: 'WRITTEN' }, problem: null });
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }));

  it('is told INTENDED where neither the registry takes it nor the ledger the failure', () =>
    inMemory(async (world, registry, ref) => {
      let isAway = true;
      const refusing = decidingBy(registry.adapter, async (write, options) => {
        if (isAway) throw new PermissionDeniedError('Not now.', { registryId: registry.id });
        return registry.adapter.decide(write, options);
      });
      const store = (inner: GovernanceStore): GovernanceStore => ({
        ...inner,
        ledger: {
          ...inner.ledger,
          putSettlement: async (entry) => {
            if (isAway) throw new LedgerUnavailableError('It is away.');
            return inner.ledger.putSettlement(entry);
          },
        },
      });
      await using gateway = await openGateway(world.setup, { adapter: () => refusing, store });
      const { errors, data } = await decide(gateway.url, ref, { to: 'APPROVED' });
      expect(errors).toEqual([]);
      expect(data.decided).toMatchObject({ approval: { state: 'INTENDED' }, problem: { code: 'FORBIDDEN' } });
      isAway = false;
      await untilSettled(world);
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }));

  it('that was held up until others had to give its decision up is told so', () =>
    inMemory(async (world, registry, ref) => {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      let looks = 0;
      const held = (inner: GovernanceStore): GovernanceStore => ({
        ...inner,
        ledger: {
          ...inner.ledger,
          chains: async (version) => {
            looks += 1;
            if (looks === 2) await released;
            return inner.ledger.chains(version);
          },
        },
      });
      const quiet = { ...world.setup, times: { ...TIMES, sweepMs: 60_000 } };
      await using gateway = await openGateway(quiet, { ...sharing(registry), store: held });
      const answer = decide(gateway.url, ref, { to: 'APPROVED' });
      await until('it is decided', async () => (await entriesOf(world, registry, ref))[0]);
      await registry.setStatus(ref, 'REJECTED');
      await using _other = await openGateway(world.setup, sharing(registry));
      await untilSettled(world);
      release();
      expect((await answer).errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
      const entries = ['GATEWAY APPROVED FAILED', 'OUT_OF_BAND REJECTED WRITTEN'];
      await expectAgreement(world, registry, ref, { status: 'REJECTED', entries });
    }));

  it('that was held up before its decision was put takes it anew, while there is a note of it', () =>
    inMemory(async (world, registry, ref) => {
      let isHeldUp = false;
      const puts: { readonly leftMs: number; readonly isNoted: boolean }[] = [];
      const held = (inner: GovernanceStore): GovernanceStore => ({
        ...inner,
        openIntents: {
          ...inner.openIntents,
          note: async (intent) => {
            await inner.openIntents.note(intent);
            if (isHeldUp) return;
            isHeldUp = true;
            // Until the sweeper has found nothing where the note points, and taken it away.
            await sleep(DUE_MS + 10 * TIMES.sweepMs);
          },
        },
        ledger: {
          ...inner.ledger,
          putDecision: async (entry) => {
            const notes = await inner.openIntents.due('9999-01-01T00:00:00.000Z', 50);
            puts.push({
              leftMs: Date.parse(entry.body.deadline ?? '') - Date.now(),
              isNoted: notes.some(({ sequence }) => sequence === entry.body.sequence),
            });
            return inner.ledger.putDecision(entry);
          },
        },
      });
      await using gateway = await openGateway(world.setup, { ...sharing(registry), store: held });
      const { errors, data } = await decide(gateway.url, ref, { to: 'APPROVED' });
      expect(errors).toEqual([]);
      expect(data.decided.approval.state).toBe('WRITTEN');
      expect(puts).toEqual([{ leftMs: expect.any(Number), isNoted: true }]);
      expect(puts[0]?.leftMs).toBeGreaterThan(0);
      await untilSettled(world);
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }));
});

describe('the sweeper', () => {
  it('settles what is of another registry while one does not answer', async () => {
    const [silent, well] = [memoryRegistry('silent'), memoryRegistry('well')];
    await using world = await openWorld([silent, well], { governance: 'sqlite', times: TIMES });
    const [first, second] = [await newVersion(silent), await newVersion(well)];
    await leaveBehind(world, silent, first);
    await leaveBehind(world, well, second);
    await sleep(DUE_MS + TIMES.writeMs);

    let isSilent = false;
    const settledMeanwhile: boolean[] = [];
    const adapters: Readonly<Record<string, RegistryAdapter>> = {
      silent: decidingBy(silent.adapter, async (_, { signal }) => {
        isSilent = true;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        isSilent = false;
        throw new UnavailableError('It does not answer.', { registryId: silent.id });
      }),
      well: decidingBy(well.adapter, async (write, options) => {
        await until('the other one is asked', async () => isSilent || undefined);
        settledMeanwhile.push(isSilent);
        return well.adapter.decide(write, options);
      }),
    };
    await using _gateway = await openGateway(world.setup, { adapter: (it) => adapters[it.id] ?? it });
    await until('it is settled', async () => {
      const [entry] = await entriesOf(world, well, second);
      return entry === WRITTEN[0] || undefined;
    });
    expect(settledMeanwhile).toEqual([true]);
    expect(await entriesOf(world, silent, first)).toEqual(INTENDED);
    finished += 1;
  });

  it('leaves an intent alone until it is due, whatever note it finds', () =>
    inMemory(async (world, registry, ref) => {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const slow = decidingBy(registry.adapter, async (write, options) => {
        await released;
        return registry.adapter.decide(write, options);
      });
      const setup = { ...world.setup, times: { ...TIMES, writeMs: 5_000 } };
      await using gateway = await openGateway(setup, { adapter: () => slow });
      const answer = decide(gateway.url, ref, { to: 'APPROVED' });
      await until('it is decided', async () => (await entriesOf(world, registry, ref))[0]);
      // What somebody who came second has noted, and what would make it fail.
      const { incarnation } = await versionIn(registry.adapter, ref);
      const early = { subject: { version: ref, incarnation }, sequence: 1, dueAt: new Date().toISOString() };
      await world.store.openIntents.note(early);
      await registry.setStatus(ref, 'REJECTED');
      await until('the note is gone', async () => {
        const due = await world.store.openIntents.due(early.dueAt, 5);
        return due.length === 0 || undefined;
      });
      expect(await entriesOf(world, registry, ref)).toEqual(INTENDED);
      release();
      expect((await answer).data.decided.approval.state).toBe('WRITTEN');
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }));

  it('of a gateway that does not have the registry leaves it to one that has', () =>
    inMemory(async (world, registry, ref) => {
      await leaveBehind(world, registry, ref);
      const other = memoryRegistry('other');
      const without = { ...world.setup, registries: [other.configured] };
      {
        await using _gateway = await openGateway(without, sharing(other));
        await sleep(DUE_MS + 10 * TIMES.sweepMs);
        expect(await entriesOf(world, registry, ref)).toEqual(INTENDED);
      }
      await using _gateway = await openGateway(world.setup, sharing(registry));
      await untilSettled(world);
      await expectAgreement(world, registry, ref, { status: 'APPROVED', entries: WRITTEN });
    }));

  it('gives up what was left behind where the version is gone', () =>
    inMemory(async (world, registry, ref) => {
      await leaveBehind(world, registry, ref);
      const { incarnation } = await versionIn(registry.adapter, ref);
      await registry.deleteModel({ registryId: registry.id, name: ref.name });
      await using _gateway = await openGateway(world.setup, sharing(registry));
      await untilSettled(world);
      const [chain] = await world.store.ledger.chains(ref);
      expect(chain?.subject.incarnation).toBe(incarnation);
      expect(chain?.settlements.map(({ entry }) => entry?.body.outcome)).toEqual(['FAILED']);
    }));
});

/** A decision whose registry did not answer, and whose gateway has ended since. */
async function leaveBehind(world: World, registry: SagaRegistry, ref: VersionRef): Promise<void> {
  const away = decidingBy(registry.adapter, async () => {
    throw new UnavailableError('It is away.', { registryId: registry.id });
  });
  const quiet = { ...world.setup, times: { ...TIMES, sweepMs: 60_000 } };
  await using gateway = await openGateway(quiet, { adapter: () => away });
  const { data } = await decide(gateway.url, ref, { to: 'APPROVED' });
  expect(data.decided.approval.state).toBe('INTENDED');
}

function sharing({ adapter }: SagaRegistry): Around {
  return { adapter: () => adapter };
}

function decidingBy(adapter: RegistryAdapter, decideInstead: RegistryAdapter['decide']): RegistryAdapter {
  return { ...adapter, decide: decideInstead };
}
