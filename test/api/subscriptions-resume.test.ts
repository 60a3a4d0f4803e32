import { afterEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import { createJournalCursors } from '../../src/journal/journal-cursor.js';
import { type ChaosJournal, createChaosJournal } from '../support/chaos-journal.js';
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.js';
import { CHANGES, connect, idsOf, type Listening, listen, put, statusChange } from './stream-support.js';
import { sampleRegistry } from './support.js';

const SECRET = 'a secret of thirty-two characters';
const cursors = createJournalCursors([SECRET]);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  chaos: ChaosJournal = createChaosJournal(),
  options: GatewayOptions = {},
): Promise<{ chaos: ChaosJournal; gateway: TestGateway; listenAfter: (after?: string | null) => Listening }> {
  const gateway = await startGateway([await sampleRegistry('east', [])], {
    createJournal: () => chaos.journal,
    server: { cursorSecrets: ['${SECRET}'] },
    environment: { SECRET },
    subscriptions: { checkpointSeconds: 1 },
    ...options,
  });
  closing.push(() => gateway[Symbol.asyncDispose]());
  const listenAfter = (after?: string | null) => {
    const client = connect(gateway.url);
    closing.push(() => client.dispose());
    return listen(client, CHANGES, after === undefined ? {} : { after });
  };
  return { chaos, gateway, listenAfter };
}

const changesOf = (count: number): readonly Change[] => Array.from({ length: count }, () => statusChange('churn'));
const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);
const kinds = (items: readonly { __typename: string }[]) => items.map(({ __typename }) => __typename);

describe('a stream that resumes', () => {
  it('tells what was missed and what happens meanwhile, without a hole and without a double', async () => {
    const { chaos, listenAfter } = await open();
    const before = listenAfter();
    const [start] = await before.items.count(1);
    // More than is at hand without reading the journal, and than one page of it.
    const missed = changesOf(2500);
    await put(chaos.journal, ...missed);
    await before.items.until((all) => idsOf(all).length === 2500);
    const live: Change[] = [];
    const resumed = listenAfter(start?.cursor);
    for (let batch = 0; batch < 40; batch += 1) {
      const changes = changesOf(5);
      live.push(...changes);
      await put(chaos.journal, ...changes);
      await new Promise(setImmediate);
    }
    const all = await resumed.items.until((items) => idsOf(items).length >= 2700);
    expect(idsOf(all)).toEqual([...ids(missed), ...ids(live)]);
    expect(chaos.reads()).toBeGreaterThan(1);
    expect(kinds(all)).not.toContain('JournalGap');
  });

  it('reads nothing of the journal for who comes back within moments', async () => {
    const { chaos, listenAfter } = await open();
    const first = listenAfter();
    const [start] = await first.items.count(1);
    const missed = changesOf(3);
    await put(chaos.journal, ...missed);
    await first.items.count(4);
    const again = listenAfter(start?.cursor);
    expect(idsOf(await again.items.until((all) => idsOf(all).length === 3))).toEqual(ids(missed));
    expect(chaos.reads()).toBe(0);
  });

  it('begins now where nothing is said, and where null is', async () => {
    const { chaos, listenAfter } = await open();
    await put(chaos.journal, statusChange('churn'));
    const [without, withNull] = [listenAfter(), listenAfter(null)];
    await Promise.all([without.items.count(1), withNull.items.count(1)]);
    const change = statusChange('churn');
    await put(chaos.journal, change);
    for (const listening of [without, withNull]) {
      expect(idsOf(await listening.items.until((all) => idsOf(all).length > 0))).toEqual([change.id]);
    }
  });

  it('begins where a query was answered', async () => {
    const { chaos, gateway, listenAfter } = await open();
    const { data } = await gateway.query('{ changesCursor }');
    const change = statusChange('churn');
    await put(chaos.journal, change);
    const listening = listenAfter(data.changesCursor);
    expect(idsOf(await listening.items.until((all) => idsOf(all).length > 0))).toEqual([change.id]);
  });

  it('says again how far it is, with nothing happening', async () => {
    const { listenAfter } = await open();
    const listening = listenAfter();
    const [first, second] = await listening.items.count(2);
    expect(kinds([first, second].flatMap((item) => item ?? []))).toEqual(['JournalCheckpoint', 'JournalCheckpoint']);
    expect(second?.['at'] > first?.['at']).toBe(true);
  });
});

describe('a stream that cannot resume seamlessly begins with a gap', () => {
  it('after a cursor that was signed with a secret that is retired', async () => {
    const { chaos, listenAfter } = await open();
    const head = await chaos.journal.head();
    const foreign = createJournalCursors(['another secret of thirty-two chars']).encode(head);
    const listening = listenAfter(foreign);
    const [checkpoint, gap] = await listening.items.count(2);
    expect(checkpoint).toMatchObject({ __typename: 'JournalCheckpoint', cursor: foreign });
    expect(gap).toMatchObject({ __typename: 'JournalGap', missedFrom: null, reason: expect.stringContaining('key') });
    expect(cursors.decode(gap?.cursor ?? '')).toEqual(head);
    const change = statusChange('churn');
    await put(chaos.journal, change);
    expect(idsOf(await listening.items.until((all) => idsOf(all).length > 0))).toEqual([change.id]);
  });

  it('after a cursor of what is trimmed, and goes on with the oldest that is kept', async () => {
    const { chaos, listenAfter } = await open();
    await put(chaos.journal, statusChange('churn'));
    const early = await chaos.journal.head();
    await put(chaos.journal, ...changesOf(5));
    await new Promise((resolve) => setTimeout(resolve, 2));
    // So many that the tail has let go of the first.
    const kept = changesOf(2100);
    await put(chaos.journal, ...kept);
    await chaos.journal.trim({ maxAgeMs: 1_000_000, maxEntries: kept.length });
    const listening = listenAfter(cursors.encode(early));
    const all = await listening.items.until((items) => idsOf(items).length === kept.length);
    expect(kinds(all).slice(0, 2)).toEqual(['JournalCheckpoint', 'JournalGap']);
    expect(all[1]).toMatchObject({ missedFrom: expect.stringMatching(/Z$/), reason: expect.stringContaining('keep') });
    expect(all[1]?.['missedUntil'] >= all[1]?.['missedFrom']).toBe(true);
    expect(idsOf(all)).toEqual(ids(kept));
  });

  it('after a cursor of a journal that was lost, and after one that was never reached', async () => {
    const { chaos, listenAfter } = await open();
    const head = await chaos.journal.head();
    const lost = listenAfter(cursors.encode({ epoch: 'another', position: head.position }));
    expect(kinds(await lost.items.count(2))).toEqual(['JournalCheckpoint', 'JournalGap']);
    const beyond = listenAfter(cursors.encode({ ...head, position: '9999999999999-0' }));
    const [, gap] = await beyond.items.count(2);
    expect(gap).toMatchObject({ __typename: 'JournalGap', reason: expect.stringContaining('lost') });
    const change = statusChange('churn');
    await put(chaos.journal, change);
    for (const { items } of [lost, beyond]) {
      expect(idsOf(await items.until((all) => idsOf(all).length > 0))).toEqual([change.id]);
    }
  });

  it('while it runs, when the journal is lost', async () => {
    const { chaos, listenAfter } = await open();
    const listening = listenAfter();
    await listening.items.count(1);
    const before = statusChange('churn');
    await put(chaos.journal, before);
    await listening.items.until((all) => idsOf(all).length === 1);
    await chaos.lose();
    await listening.items.until((all) => kinds(all).includes('JournalGap'));
    const after = statusChange('churn');
    await put(chaos.journal, after);
    expect(idsOf(await listening.items.until((all) => idsOf(all).length === 2))).toEqual([before.id, after.id]);
  });
});

describe('while the journal is away', () => {
  it('streams stay open, and go on where they were', async () => {
    const { chaos, gateway, listenAfter } = await open();
    const live = listenAfter();
    const [start] = await live.items.count(1);
    const missed = changesOf(2100);
    await put(chaos.journal, ...missed);
    await live.items.until((all) => idsOf(all).length === missed.length);
    chaos.fail();
    const resuming = listenAfter(start?.cursor);
    await resuming.items.count(1);
    const { errors } = await gateway.query('{ registryChanges(first: 1) { nodes { __typename } } }');
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true } }]);
    expect(idsOf(resuming.items.all)).toEqual([]);
    chaos.recover();
    const change = statusChange('churn');
    await put(chaos.journal, change);
    expect(idsOf(await resuming.items.until((all) => idsOf(all).length === missed.length + 1))).toEqual([
      ...ids(missed),
      change.id,
    ]);
    expect(idsOf(live.items.all).at(-1)).toBe(change.id);
  });
});
