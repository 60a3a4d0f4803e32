import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerUnavailableError, PermissionDeniedError } from '../../src/domain/errors.js';
import type { VersionRef } from '../../src/domain/refs.js';
import { EpochChangedError, type Journal, JournalUnavailableError } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { engines } from '../support/engines.js';
import { memoryRegistry } from './memory-registry.js';
import type { SagaRegistry } from './registries.js';
import { chainOf, decideAs, openReplica, type Replica } from './replica.js';
import { AT_ONCE_MS, changesIn, feedOf, NEVER_MS, toldBy, untilTold } from './told.js';
import { until } from './until.js';
import { newVersion, openWorld, type World } from './world.js';

// What enters the ledger is told to the journal: each entry once, whatever dies between the two.

const TIMES = { startWithinMs: 8_000, writeMs: 12_000, sweepMs: 60_000 };
const RECORDED = 'APPROVAL_RECORDED';

let registry: SagaRegistry;
let world: World;
let journal: Journal;
let ref: VersionRef;

const JOURNALS: readonly [string, () => Promise<Journal>][] = [
  ['memory', async () => createMemoryJournal()],
  ['Redis', () => openRedisJournal({ url: engines().redis.url, keyPrefix: `test-${randomUUID()}` })],
];

/** A replica that puts and never tells: killed right after each put. */
const killed = () => openReplica(world);

/** One whole look, which notes its place. */
async function look(replica: Replica, options: { readonly overlapMs?: number } = {}): Promise<void> {
  const before = await journal.notes.get('ledger-feed');
  await using _feed = feedOf(replica, journal, { everyMs: AT_ONCE_MS, ...options });
  await until('it has looked', async () => (await journal.notes.get('ledger-feed')) !== before || undefined);
}

describe.each(JOURNALS)('a journal in %s', (_, openJournal) => {
  beforeEach(async () => {
    registry = memoryRegistry();
    world = await openWorld([registry], { governance: 'sqlite', times: TIMES });
    journal = await openJournal();
    ref = await newVersion(registry);
  });
  afterEach(async () => {
    await journal[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it('is told at once of votes, decisions and failed writes, each once and in its order', async () => {
    const policies = [{ id: 'two', requiredApprovals: 2, separationOfDuties: false }];
    let isRefused = false;
    const replica = await openReplica(world, {
      policies,
      adapter: (inner) => ({
        ...inner,
        decide: async (...args) => {
          if (isRefused) throw new PermissionDeniedError('Not now.', { registryId: inner.id });
          return inner.decide(...args);
        },
      }),
    });
    await using _feed = feedOf(replica, journal);
    await decideAs(replica, ref, { to: 'APPROVED' });
    await decideAs(replica, ref, { to: 'REJECTED' });
    isRefused = true;
    await expect(decideAs(replica, ref, { to: 'PENDING', expectedStatus: 'REJECTED' })).rejects.toThrow('Not now.');
    const told = [`${RECORDED} 1`, `${RECORDED} 2`, `${RECORDED} 3`, `${RECORDED} 3`];
    await until('all is told', async () => (await toldBy(journal)).length >= told.length || undefined);
    expect(await toldBy(journal)).toEqual(told);
    const [vote] = await changesIn(journal);
    expect(vote).toMatchObject({
      registryId: 'memory',
      model: { registryId: 'memory', name: ref.name },
      version: '1',
      incarnation: expect.any(String),
      evidence: ['SELF'],
      actor: { name: 'Ana' },
    });
    expect(new Set((await changesIn(journal)).map(({ id }) => id)).size).toBe(told.length);
  });

  it('is told by another where who has put an entry was killed before it could tell', async () => {
    const survivor = await openReplica(world);
    await look(survivor);
    await decideAs(await killed(), ref, { to: 'APPROVED' });
    await decideAs(await killed(), ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    expect(await toldBy(journal)).toEqual([]);
    await look(survivor);
    await look(survivor);
    expect(await toldBy(journal)).toEqual([`${RECORDED} 1`, `${RECORDED} 2`]);
  });

  it('is told once by many, who all look all the time', async () => {
    const replicas = await Promise.all([killed(), killed(), killed()]);
    await using stack = new AsyncDisposableStack();
    for (const replica of replicas) stack.use(feedOf(replica, journal, { everyMs: AT_ONCE_MS }));
    const refs = await Promise.all(Array.from({ length: 6 }, () => newVersion(registry)));
    await Promise.all(
      refs.map((each, index) => decideAs(replicas[index % 3] ?? replicas[0], each, { to: 'APPROVED' })),
    );
    await until('all is told', async () => (await toldBy(journal)).length >= refs.length || undefined);
    await look(replicas[0]);
    expect(await toldBy(journal)).toEqual(refs.map(() => `${RECORDED} 1`));
  });

  it('is told of a write that has failed long after it was decided, by whomever', async () => {
    let isAway = true;
    const replica = await openReplica(world, {
      adapter: (inner) => ({
        ...inner,
        decide: async (...args) => {
          if (isAway) throw new Error('The process was killed.');
          return inner.decide(...args);
        },
      }),
    });
    await look(replica);
    await expect(decideAs(replica, ref, { to: 'APPROVED' })).rejects.toThrow('killed');
    await look(replica, { overlapMs: 0 });
    expect(await toldBy(journal)).toEqual([`${RECORDED} 1`]);
    const [intent] = await chainOf(replica, registry, ref);
    isAway = false;
    if (intent !== undefined) await replica.service.ledger.settle(intent.decision, 'FAILED');
    // Its entry is long past: no list shows it any more.
    await look(replica, { overlapMs: -NEVER_MS });
    expect(await toldBy(journal)).toEqual([`${RECORDED} 1`, `${RECORDED} 1`]);
  });

  it('is told later where it is away', async () => {
    let isAway = false;
    const publish: Journal['publish'] = async (...args) => {
      if (isAway) throw new JournalUnavailableError();
      return journal.publish(...args);
    };
    const replica = await openReplica(world);
    await using _feed = feedOf(replica, { ...journal, publish }, { everyMs: AT_ONCE_MS });
    isAway = true;
    await decideAs(replica, ref, { to: 'APPROVED' });
    await until('the outage is told', () => replica.reported[1]);
    expect(await toldBy(journal)).toEqual([]);
    isAway = false;
    await untilTold(journal, `${RECORDED} 1`);
    expect(replica.reported.every((error) => error instanceof JournalUnavailableError)).toBe(true);
  });

  it('is not told what was recorded before it began', async () => {
    const replica = await openReplica(world);
    await decideAs(replica, ref, { to: 'APPROVED' });
    await look(replica);
    expect(await toldBy(journal)).toEqual([]);
    await using _feed = feedOf(replica, journal, { everyMs: AT_ONCE_MS });
    await decideAs(replica, ref, { to: 'REJECTED', expectedStatus: 'APPROVED' });
    await untilTold(journal, `${RECORDED} 2`);
    expect(await toldBy(journal)).toEqual([`${RECORDED} 2`]);
  });

  it('is told all the same where it begins anew right before', async () => {
    const replica = await openReplica(world);
    let isAnew = false;
    const publish: Journal['publish'] = async (...args) => {
      if (isAnew) return journal.publish(...args);
      isAnew = true;
      throw new EpochChangedError('It has begun anew.');
    };
    await using _feed = feedOf(replica, { ...journal, publish });
    await decideAs(replica, ref, { to: 'APPROVED' });
    await untilTold(journal, `${RECORDED} 1`);
    expect(replica.reported).toEqual([]);
  });

  it('is told at once while the list of the ledger cannot be trusted', async () => {
    const replica = await openReplica(world, {
      store: (store) => ({
        ...store,
        ledger: {
          ...store.ledger,
          list: async () => {
            throw new LedgerUnavailableError('An entry cannot be read.', { retryable: false });
          },
        },
      }),
    });
    await using _feed = feedOf(replica, journal, { everyMs: AT_ONCE_MS });
    await decideAs(replica, ref, { to: 'APPROVED' });
    await untilTold(journal, `${RECORDED} 1`);
    expect(await until('it is reported', () => replica.reported[0])).toBeInstanceOf(LedgerUnavailableError);
  });
});
