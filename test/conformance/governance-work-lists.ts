import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CheckpointedHead, OpenIntent, RequestRecord } from '../../src/governance/store.js';
import { at, decision, subject } from './governance-entries.js';
import type { OpenedGovernance } from './governance-harness.js';

/** What is in a governance store beside the ledger. */
export function describeWorkLists(opened: () => OpenedGovernance): void {
  describe('open intents', () => describeOpenIntents(opened));
  describe('checkpoints', () => describeCheckpoints(opened));
  describe('requests', () => describeRequests(opened));
  describe('leases', () => describeLeases(opened));
}

function describeOpenIntents(opened: () => OpenedGovernance): void {
  it('gives those that are due, the earliest first', async () => {
    const { openIntents } = opened().store;
    const intent = (ms: number, name: string): OpenIntent => ({ subject: subject(name), sequence: 3, dueAt: at(ms) });
    const intents = [intent(50, 'late'), intent(10, 'ear#ly/é'), intent(30, 'b'), intent(30, 'a'), intent(31, 'next')];
    for (const each of intents) await openIntents.note(each);
    await openIntents.note(intent(10, 'ear#ly/é'));
    expect(await openIntents.due(at(9), 10)).toEqual([]);
    const due = await openIntents.due(at(30), 10);
    expect(due[0]).toEqual(intents[1]);
    expect(due).toHaveLength(3);
    expect(due).toEqual(expect.arrayContaining([intents[2], intents[3]]));
    expect(await openIntents.due(at(30), 1)).toEqual([intents[1]]);

    await openIntents.remove(intent(10, 'ear#ly/é'));
    await openIntents.remove(intent(10, 'ear#ly/é'));
    await openIntents.note(intent(99, 'b'));
    await openIntents.remove(intent(30, 'b'));
    expect(await openIntents.due(at(31), 10), 'and the later note of one stays').toEqual([intents[3], intents[4]]);
    expect(await openIntents.due(at(99), 10)).toHaveLength(4);
  });
}

function describeCheckpoints(opened: () => OpenedGovernance): void {
  const head = (name: string, sequence: number, settlementHash: string | null): CheckpointedHead => ({
    subject: subject(name),
    sequence,
    decisionHash: `hash-${sequence}`,
    settlementHash,
  });
  const headOf = async (name: string) => (await opened().store.ledger.chains(subject(name).version))[0]?.checkpointed;

  it('keeps the first of a number, and notes the newest head with each chain', async () => {
    const { checkpoints } = opened().store;
    expect(await checkpoints.latest()).toBeNull();
    expect(await checkpoints.list(0, 10)).toEqual([]);
    const first = { number: 1, text: '{"n":1}', heads: [head('noted', 1, null), head('other#é', 4, 'settled')] };
    expect(await checkpoints.put(first)).toBe(true);
    expect(await checkpoints.put(first), 'again').toBe(true);
    expect(await checkpoints.put({ ...first, text: '{"n":"other"}', heads: [head('noted', 9, null)] })).toBe(false);
    expect(await headOf('noted')).toEqual({ checkpoint: 1, ...head('noted', 1, null) });
    expect(await headOf('other#é')).toEqual({ checkpoint: 1, ...head('other#é', 4, 'settled') });

    await opened().store.ledger.putDecision(decision(subject('noted'), 1));
    for (let number = 2; number <= 12; number += 1) {
      await checkpoints.put({ number, text: `{"n":${number}}`, heads: [head('noted', number, `s${number}`)] });
    }
    // What a slow process completes late is older than what is there.
    await checkpoints.put({ number: 3, text: '{"n":3}', heads: [head('noted', 3, 's3')] });
    expect(await headOf('noted')).toEqual({ checkpoint: 12, ...head('noted', 12, 's12') });
    expect(await checkpoints.latest()).toEqual({ number: 12, text: '{"n":12}' });
    expect((await checkpoints.list(0, 100)).map(({ number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(await checkpoints.list(9, 2)).toEqual([
      { number: 10, text: '{"n":10}' },
      { number: 11, text: '{"n":11}' },
    ]);
  });
}

function describeRequests(opened: () => OpenedGovernance): void {
  const hour = 3_600_000;
  const record = (holder: string, over: Partial<RequestRecord> = {}): RequestRecord => ({
    key: 'key',
    inputHash: 'input',
    holder,
    requestId: randomUUID(),
    runningUntil: new Date(Date.now() + 1000).toISOString(),
    result: null,
    expiresAt: new Date(Date.now() + hour).toISOString(),
    ...over,
  });

  it('lets one of many begin, and tells the others which', async () => {
    const { requests } = opened().store;
    const key = randomUUID();
    expect(await requests.find(key)).toBeNull();
    const tries = Array.from({ length: 10 }, (_, index) => record(`holder ${index}`, { key }));
    const kept = await Promise.all(tries.map((each) => requests.begin(each)));
    expect(new Set(kept.map(({ holder }) => holder)).size).toBe(1);
    expect(tries).toContainEqual(kept[0]);
    expect(await requests.find(key)).toEqual(kept[0]);
  });

  it('lets only the holder replace and remove it', async () => {
    const { requests } = opened().store;
    const key = randomUUID();
    const first = record('a', { key });
    await requests.begin(first);
    const done = { ...first, result: '{"é":"😀"}' };
    expect(await requests.replace({ ...done, holder: 'b' }, 'b')).toBe(false);
    await requests.remove(key, 'b');
    expect(await requests.find(key)).toEqual(first);
    expect(await requests.replace({ ...done, holder: 'c' }, 'a'), 'and may hand it over').toBe(true);
    expect(await requests.begin(record('d', { key }))).toEqual({ ...done, holder: 'c' });
    await requests.remove(key, 'a');
    expect(await requests.find(key)).toEqual({ ...done, holder: 'c' });
    await requests.remove(key, 'c');
    expect(await requests.find(key)).toBeNull();
    expect(await requests.replace(done, 'c'), 'gone is not held').toBe(false);
    expect(await requests.begin(first)).toEqual(first);
  });

  it('forgets it when it is over, and not before', async () => {
    const key = randomUUID();
    const first = record('a', { key });
    await opened().store.requests.begin(first);
    const over = Date.parse(first.expiresAt);
    const before = opened().another({ now: () => over - 1 });
    expect(await before.requests.begin(record('b', { key }))).toEqual(first);
    expect(await before.requests.find(key)).toEqual(first);
    const after = opened().another({ now: () => over });
    expect(await after.requests.find(key)).toBeNull();
    const next = record('b', { key, expiresAt: new Date(over + hour).toISOString() });
    expect(await after.requests.begin(next)).toEqual(next);
    await before[Symbol.asyncDispose]();
    await after[Symbol.asyncDispose]();
  });
}

function describeLeases(opened: () => OpenedGovernance): void {
  it('is one holder’s at a time, and its token grows when it changes hands', async () => {
    let now = Date.parse(at(0));
    const name = randomUUID();
    const store = opened().another({ now: () => now });
    const { leases } = store;
    const first = await leases.acquire(name, 'a', 1000);
    expect(first).toMatchObject({ name, holder: 'a', expiresAt: at(1000) });
    expect(await leases.acquire(name, 'b', 1000)).toBeNull();
    now += 500;
    const renewed = await leases.acquire(name, 'a', 1000);
    expect(renewed).toEqual({ ...first, expiresAt: at(1500) });
    now += 999;
    expect(await leases.acquire(name, 'b', 1000)).toBeNull();
    now += 1;
    const second = await leases.acquire(name, 'b', 1000);
    expect(second?.token).toBeGreaterThan(first?.token ?? Number.POSITIVE_INFINITY);
    expect(await leases.acquire(name, 'a', 1000)).toBeNull();

    if (first === null || second === null) throw new Error('There are leases.');
    await leases.release(first);
    expect(await leases.acquire(name, 'a', 1000), 'a lost lease gives nothing back').toBeNull();
    await leases.release(second);
    await leases.release(second);
    const third = await leases.acquire(name, 'a', 1000);
    expect(third?.token).toBeGreaterThan(second.token);
    expect(await leases.acquire(`${name} other`, 'b', 1000)).not.toBeNull();
    await store[Symbol.asyncDispose]();
  });

  it('goes to one of many that ask at once', async () => {
    const name = randomUUID();
    const asked = Array.from({ length: 10 }, (_, index) =>
      opened().store.leases.acquire(name, `holder ${index}`, 60_000),
    );
    expect((await Promise.all(asked)).filter((lease) => lease !== null)).toHaveLength(1);
  });
}
