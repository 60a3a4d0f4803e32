import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedChange, ChangeArchive } from '../../src/domain/change-archive.js';
import { type Journal, JournalUnavailableError, timeOf } from '../../src/journal/journal.js';
import { createMemoryJournal } from '../../src/journal/memory-journal.js';
import { openRedisJournal } from '../../src/journal/redis-journal.js';
import { type Archiver, type ArchiverOptions, startArchiver } from '../../src/journal/start-archiver.js';
import type { GovernanceHarness, OpenedGovernance } from '../conformance/governance-harness.js';
import { append, readAll, stageChange, statusChange, write } from '../conformance/journal-entries.js';
import { engines } from '../support/engines.js';
import { governanceTableHarness } from '../support/fixtures/governance/dynamodb.js';
import { sqliteHarness } from '../support/fixtures/governance/sqlite.js';

const { dynamodb, redis } = engines();
const openRedis = () => openRedisJournal({ url: redis.url, keyPrefix: `test-${randomUUID()}` });

describe('from a journal in process into SQLite', () =>
  describeArchiver(async () => createMemoryJournal(), sqliteHarness));
if (dynamodb === null) describe.skip('from Redis into DynamoDB Local: REGISTRIES leaves the engine out');
else
  describe('from Redis into DynamoDB Local', () =>
    describeArchiver(openRedis, governanceTableHarness(dynamodb, 'table')));

function describeArchiver(openJournal: () => Promise<Journal>, harness: GovernanceHarness): void {
  let opened: OpenedGovernance;
  let archive: ChangeArchive;
  const problems: unknown[] = [];
  beforeEach(async () => {
    opened = await harness.open();
    archive = opened.store.archive;
    problems.length = 0;
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  const start = (journal: ArchiverOptions['journal'], more: Partial<ArchiverOptions> = {}): Archiver =>
    startArchiver({ journal, archive, everyMs: 5, batch: 3, report: (problem) => problems.push(problem), ...more });
  const everything = async () => (await archive.list({ direction: 'ASC', limit: 1000 })).items;
  const changesIn = async (journal: Journal): Promise<ArchivedChange[]> => {
    const { epoch } = await journal.head();
    return (await readAll(journal)).flatMap(({ position, change }) =>
      change === null ? [] : [{ epoch, position, change }],
    );
  };
  /** All that there is to be archived, is. */
  const settled = async (archiver: Archiver, journal: Journal) => {
    const { position } = await journal.head();
    await expect.poll(() => archiver.archivedThrough(), { interval: 5, timeout: 10_000 }).toBe(position);
  };

  it('copies what is worth a word, in order, with the evidence of then; and only that may be trimmed', async () => {
    await using journal = await openJournal();
    await append(journal, write('baseline', 0, { changes: [] }), write('a', 0), write('b', 0));
    await append(journal, write('a', 1, { changes: [statusChange('a', 2), stageChange('a', 2, 'Production')] }));
    await journal.confirm([statusChange('b', 1).id], 'PUSH');
    {
      await using archiver = start(journal);
      expect(await archiver.archivedThrough()).toBe('0-0');
      await journal.trim({ maxAgeMs: 0, maxEntries: 0, keepAfter: await archiver.archivedThrough() });
      await settled(archiver, journal);
      const expected = await changesIn(journal);
      expect(expected.map(({ change }) => change.evidence)).toContainEqual(['POLL', 'PUSH']);
      expect(await everything()).toEqual(expected);

      await append(journal, write('late', 0, { changes: [] }));
      await settled(archiver, journal);
      await append(journal, write('c', 0));
      await settled(archiver, journal);
      expect(await everything()).toHaveLength(5);
      await journal.trim({ maxAgeMs: 0, maxEntries: 0, keepAfter: await archiver.archivedThrough() });
    }
    expect((await readAll(journal, (await journal.head()).position)).length).toBe(0);
    expect(await archive.gaps('2000-01-01T00:00:00.000Z')).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('goes on where it was, and does what is left before it stops', async () => {
    await using journal = await openJournal();
    await append(journal, write('a', 0), write('b', 0));
    const first = start(journal, { everyMs: 60_000 });
    expect(await everything()).toEqual([]);
    await first[Symbol.asyncDispose]();
    expect(await everything()).toHaveLength(2);
    await append(journal, ...['c', 'd', 'e', 'f', 'g'].map((name) => write(name, 0)));
    // Where the journal has forgotten the place, the archive knows it.
    await journal.notes.remove('archive');
    await journal.trim({ maxAgeMs: 3_600_000, maxEntries: 5 });
    const second = start(journal, { everyMs: 60_000 });
    await second[Symbol.asyncDispose]();
    expect((await everything()).map(({ change }) => change.model?.name)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(await archive.gaps('2000-01-01T00:00:00.000Z')).toEqual([]);
  });

  it('is done by one at a time, and another takes over', async () => {
    await using journal = await openJournal();
    let puts = 0;
    const counted = (name: string): ChangeArchive => ({
      ...archive,
      put: async (changes) => {
        puts += name === 'second' ? 1 : 0;
        await archive.put(changes);
      },
    });
    const first = start(journal, { archive: counted('first') });
    await append(journal, write('a', 0));
    await settled(first, journal);
    await using second = start(journal, { archive: counted('second') });
    await append(journal, write('b', 0));
    await settled(second, journal);
    expect(puts).toBe(0);
    await first[Symbol.asyncDispose]();
    await append(journal, write('c', 0));
    await settled(second, journal);
    expect(puts).toBe(1);
    expect(await everything()).toHaveLength(3);
  });

  it('moves no place after it has lost its lease while it was paused', async () => {
    await using journal = await openJournal();
    const pause = Promise.withResolvers<void>();
    const isPaused = Promise.withResolvers<void>();
    const slow: ChangeArchive = {
      ...archive,
      put: async (changes) => {
        isPaused.resolve();
        await pause.promise;
        await archive.put(changes);
      },
    };
    await append(journal, write('a', 0));
    await using paused = start(journal, { archive: slow, leaseMs: 50 });
    await isPaused.promise;
    await using other = start(journal, { leaseMs: 60_000 });
    await append(journal, write('b', 0), write('c', 0), write('d', 0));
    await settled(other, journal);
    const before = await other.archivedThrough();
    pause.resolve();
    await sleep(30);
    expect(await paused.archivedThrough()).toBe(before);
    expect(await everything()).toEqual(await changesIn(journal));
    expect(problems).toEqual([]);
  });

  it('sits out outages of either side', async () => {
    await using journal = await openJournal();
    let down: 'archive' | 'journal' | null = 'archive';
    const failing: ChangeArchive = {
      ...archive,
      put: async (changes) => {
        if (down === 'archive') throw new Error('The store is away.');
        await archive.put(changes);
      },
    };
    const reading: ArchiverOptions['journal'] = {
      ...journal,
      read: async (query) => {
        if (down === 'journal') throw new JournalUnavailableError();
        return journal.read(query);
      },
    };
    await append(journal, write('a', 0), write('b', 0), write('c', 0), write('d', 0));
    await using archiver = start(reading, { archive: failing });
    await expect.poll(() => problems.length, { interval: 5 }).toBeGreaterThan(1);
    expect(await archiver.archivedThrough()).toBe('0-0');
    expect(await everything()).toEqual([]);
    down = 'journal';
    problems.length = 0;
    await expect.poll(() => problems, { interval: 5 }).toContainEqual(expect.any(JournalUnavailableError));
    down = null;
    await settled(archiver, journal);
    expect(await everything()).toEqual(await changesIn(journal));
  });

  it('goes on with a journal that has begun anew, and says what was between', async () => {
    let last: ArchivedChange | undefined;
    {
      await using journal = await openJournal();
      await using archiver = start(journal);
      await append(journal, write('a', 0));
      await settled(archiver, journal);
      last = (await everything()).at(-1);
    }
    await sleep(2);
    await using journal = await openJournal();
    await using archiver = start(journal);
    await append(journal, write('a', 0, { changes: [] }), write('b', 0, { changes: [] }));
    await settled(archiver, journal);
    expect(await archive.gaps('2000-01-01T00:00:00.000Z'), 'which is told with the first change').toEqual([]);
    await append(journal, write('a', 1));
    await settled(archiver, journal);
    await append(journal, write('a', 2));
    await settled(archiver, journal);
    const [, first] = await everything();
    const { epoch } = await journal.head();
    expect(await everything()).toEqual([last, ...(await changesIn(journal))]);
    expect(await archive.gaps('2000-01-01T00:00:00.000Z')).toEqual([
      { epoch, reason: 'EPOCH', from: timeOf(last?.position ?? ''), until: timeOf(first?.position ?? '') },
    ]);
  });

  it('says what was trimmed before it came to it, and loses nothing of what is left', async () => {
    await using journal = await openJournal();
    {
      await using archiver = start(journal);
      await append(journal, write('a', 0));
      await settled(archiver, journal);
    }
    const [last] = await everything();
    // All within a moment or two: the first that is kept may be of the very millisecond of the last that is not.
    await append(journal, ...['b', 'c', 'd', 'e', 'f', 'g'].map((name) => write(name, 0)));
    await journal.trim({ maxAgeMs: 3_600_000, maxEntries: 4 });
    const kept = (await journal.read({ epoch: (await journal.head()).epoch, before: null, limit: 100 })).entries;
    expect(kept).toHaveLength(4);
    await using archiver = start(journal);
    await settled(archiver, journal);
    expect((await everything()).map(({ change }) => change.model?.name)).toEqual(['a', 'd', 'e', 'f', 'g']);
    expect(await archive.gaps('2000-01-01T00:00:00.000Z')).toEqual([
      {
        epoch: last?.epoch,
        reason: 'TRIMMED',
        from: timeOf(last?.position ?? ''),
        until: timeOf(kept.at(-1)?.position ?? ''),
      },
    ]);
  });

  it('sweeps now and then', async () => {
    await using journal = await openJournal();
    const swept = Promise.withResolvers<void>();
    await using _ = start(journal, { sweepMs: 10, archive: { ...archive, sweep: async () => swept.resolve() } });
    await swept.promise;
  });
}
