import { randomUUID } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  EpochChangedError,
  type Journal,
  type JournalEntry,
  JournalUnavailableError,
  TrimmedError,
} from '../../src/journal/journal.js';
import { openRedisJournal, type RedisJournalOptions } from '../../src/journal/redis-journal.js';
import { JournalSettingsError } from '../../src/journal/redis-settings.js';
import { append, changeIdsOf, idOf, REGISTRY, readAll, statusChange, write } from '../conformance/journal-entries.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

const STATE = {
  completeThrough: '2026-11-20T12:00:00.000Z',
  walkedAt: '2026-11-20T11:59:00.000Z',
  highestModified: null,
};
/** For what comes by itself; machines that run tests are busy. */
const PATIENCE = { timeout: 15_000, interval: 20 };

let redis: RedisServer;
let admin: Redis;
let keyPrefix: string;
const opened: Journal[] = [];

beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url, { maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
});
afterAll(async () => {
  admin.disconnect();
  await redis[Symbol.asyncDispose]();
});
beforeEach(() => {
  keyPrefix = randomUUID();
});
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal[Symbol.asyncDispose]();
});

async function open(options: Partial<RedisJournalOptions> = {}): Promise<Journal> {
  const journal = await openRedisJournal({ url: redis.url, keyPrefix, ...options });
  opened.push(journal);
  return journal;
}

/** Until it answers again, by itself. */
function recovered(journal: Journal): Promise<unknown> {
  return vi.waitFor(() => journal.head(), PATIENCE);
}

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of all) found.push(each);
  return found;
}

async function restart(settings?: readonly string[]): Promise<void> {
  await redis.kill();
  await redis.start(settings);
}

/** Every call of a journal, none of which may hang or fail otherwise. */
async function expectAway(journal: Journal): Promise<void> {
  const guard = { epoch: 'any' };
  const { signal } = new AbortController();
  const lease = { name: 'crawl', holder: 'one', token: 1, expiresAt: STATE.walkedAt };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    head: () => journal.head(),
    get: () => journal.get(REGISTRY, ['lab/a']),
    load: () => collect(journal.load(REGISTRY)),
    append: () => journal.append([write('a', 0)], guard),
    publish: () => journal.publish([statusChange('a', 1)], guard),
    confirm: () => journal.confirm(['change:1'], 'PUSH'),
    read: () => journal.read({ epoch: 'any', after: '0-0', limit: 1 }),
    follow: () => collect(journal.follow({ epoch: 'any', after: '0-0' }, signal)),
    registries: () => journal.registries(),
    setRegistryState: () => journal.setRegistryState(REGISTRY, STATE, guard),
    seen: () => journal.seen(['key']),
    mark: () => journal.mark(['key'], 1000),
    'notes.get': () => journal.notes.get('key'),
    'notes.set': () => journal.notes.set('key', 'value', guard),
    'notes.remove': () => journal.notes.remove('key'),
    trim: () => journal.trim({ maxAgeMs: 1000, maxEntries: 10 }),
    acquire: () => journal.leases.acquire('crawl', 'one', 1000),
    release: () => journal.leases.release(lease),
  };
  await Promise.all(
    Object.entries(calls).map(([name, call]) => expect(call(), name).rejects.toThrow(JournalUnavailableError)),
  );
}

describe('Redis that was restarted', () => {
  it('has kept everything, under the same epoch', async () => {
    const journal = await open();
    await append(journal, write('a', 0), write('b', 0), write('a', 1, { record: null }));
    const head = await journal.head();
    const guard = { epoch: head.epoch };
    const lease = await journal.leases.acquire('crawl', 'one', 60_000);
    await journal.publish([statusChange('p', 1)], guard);
    await journal.confirm([statusChange('b', 1).id], 'PUSH');
    await journal.setRegistryState(REGISTRY, STATE, guard);
    await journal.mark(['key'], 60_000);
    await journal.notes.set('shard', '17', guard);
    await journal.trim({ maxAgeMs: 60_000, maxEntries: 3 });
    const all = async () => ({
      page: await journal.read({ epoch: head.epoch, before: null, limit: 10 }),
      states: await journal.get(REGISTRY, [idOf('a'), idOf('b')]),
      registries: await journal.registries(),
      seen: await journal.seen(['key']),
      note: await journal.notes.get('shard'),
      taken: await journal.leases.acquire('crawl', 'two', 60_000),
    });
    const before = await all();
    await restart();
    await recovered(journal);
    expect(await all()).toEqual(before);
    expect(before.page.entries).toHaveLength(3);
    if (lease === null) throw new Error('The lease was taken.');
    await expect(journal.append([write('b', 1)], { ...guard, lease })).resolves.toMatchObject([{ kind: 'WRITTEN' }]);
    expect(await journal.publish([statusChange('p', 1)], guard)).toBeNull();
  });

  it('ends who follows, who then misses nothing', async () => {
    const journal = await open();
    const { epoch, position } = await journal.head();
    const heard: JournalEntry[] = [];
    const leaving = new AbortController();
    const follow = async (after: string) => {
      for await (const batch of journal.follow({ epoch, after }, leaving.signal)) heard.push(...batch);
    };
    const first = follow(position);
    await append(journal, write('a', 0));
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENCE);
    const ended = expect(first).rejects.toThrow(JournalUnavailableError);
    await restart();
    await ended;
    await recovered(journal);
    await append(journal, write('b', 0));
    const second = follow(heard.at(-1)?.position ?? '');
    await append(journal, write('c', 0));
    await vi.waitFor(() => expect(heard).toHaveLength(3), PATIENCE);
    leaving.abort();
    await second;
    expect(heard).toEqual(await readAll(journal));
  });

  it('has begun anew where it comes back empty, for all replicas alike', async () => {
    const [journal, other] = await Promise.all([open(), open()]);
    await append(journal, write('a', 0), write('b', 0));
    const before = await journal.head();
    const lease = await journal.leases.acquire('crawl', 'one', 60_000);
    await redis.kill();
    rmSync(redis.data, { recursive: true });
    await redis.start();
    await Promise.all([recovered(journal), recovered(other)]);
    const [after, same] = await Promise.all([journal.head(), other.head()]);
    expect(after).toEqual({ epoch: same.epoch, position: '0-0' });
    expect(after.epoch).not.toBe(before.epoch);
    const page = await journal.read({ epoch: before.epoch, after: before.position, limit: 5 });
    expect(page).toMatchObject({ entries: [], gap: { reason: 'EPOCH', keptFrom: null } });
    await expect(append(journal, write('a', 2)), 'nothing is known').rejects.toThrow(/Stale: null/);
    const old = { epoch: before.epoch };
    await expect(journal.append([write('a', 0)], old)).rejects.toThrow(EpochChangedError);
    if (lease === null) throw new Error('The lease was taken.');
    await expect(journal.append([write('a', 0)], { ...old, lease })).rejects.toThrow(EpochChangedError);
    expect(await append(journal, write('a', 0))).toMatchObject([{ rev: 1 }]);
  });

  it('tells who follows that it was emptied, although the connection holds', async () => {
    const journal = await open();
    const [written] = await append(journal, write('a', 0));
    const { epoch } = await journal.head();
    const { signal } = new AbortController();
    const following = journal.follow({ epoch, after: written?.position ?? '' }, signal)[Symbol.asyncIterator]();
    const next = expect(following.next()).rejects.toThrow(EpochChangedError);
    await admin.flushall();
    const { epoch: another } = await journal.head();
    await journal.append([write('b', 0)], { epoch: another });
    await next;
  });

  it('tells whoever has read what it has lost, and takes it again', async () => {
    const journal = await open();
    await append(journal, write('a', 0));
    const copy = `${redis.data}-copy`;
    cpSync(redis.data, copy, { recursive: true });
    const [lost] = await append(journal, write('a', 1));
    const head = await journal.head();
    await redis.kill();
    rmSync(redis.data, { recursive: true });
    cpSync(copy, redis.data, { recursive: true });
    await redis.start();
    await recovered(journal);

    const after = lost?.position ?? '';
    const { epoch } = head;
    const page = await journal.read({ epoch, after, limit: 5 });
    expect(page).toMatchObject({ entries: [], gap: { reason: 'BEYOND' } });
    expect(page.head.epoch).toBe(epoch);
    const { signal } = new AbortController();
    const follow = () => collect(journal.follow({ epoch, after }, signal));
    await expect(follow()).rejects.toThrow(TrimmedError);
    await append(journal, write('a', 1));
    // Its place is taken by another story now, though the head has gone past it.
    await expect(follow()).rejects.toThrow(TrimmedError);
    const again = await journal.read({ epoch, after, limit: 5 });
    expect(changeIdsOf(again.entries), 'found again, it is the same change').toEqual([statusChange('a', 2).id]);
  });
});

describe('Redis that is away', () => {
  it('is told within the time of a call where it hangs, and found again when it goes on', async () => {
    // Short, for it is waited for.
    const journal = await open({ timeoutMs: 400 });
    await recovered(journal);
    redis.pause();
    await expectAway(journal);
    await expectAway(journal);
    redis.goOn();
    await recovered(journal);
    expect(await append(journal, write('a', 0))).toMatchObject([{ rev: 1 }]);
  });

  it('is told at once where nobody listens, and found again when somebody does', async () => {
    const journal = await open();
    const { epoch } = await journal.head();
    const pending = Array.from({ length: 50 }, (_, index) => journal.append([write(`m${index}`, 0)], { epoch }));
    const settled = Promise.allSettled(pending);
    await redis.kill();
    for (const outcome of await settled) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(JournalUnavailableError);
    }
    await expectAway(journal);
    await redis.start();
    await recovered(journal);
    // Whether a write that was under way has taken effect is not known; to repeat it is safe.
    for (const [index, outcome] of (await settled).entries()) {
      const [again] = await journal.append([write(`m${index}`, 0)], { epoch });
      if (outcome.status === 'fulfilled') expect(again?.kind).toBe('STALE');
    }
    const entries = await readAll(journal);
    expect(entries.map(({ state }) => state?.rev)).toEqual(Array.from({ length: 50 }, () => 1));
  });

  it('lets a gateway start, and is found later', async () => {
    await redis.kill();
    const journal = await open();
    await expectAway(journal);
    await redis.start();
    await recovered(journal);
  });

  it('is away while it loads what it has on disk', async () => {
    const journal = await open();
    await append(journal, ...Array.from({ length: 30 }, (_, index) => write(`m${index}`, 0)));
    const filling = admin.pipeline();
    for (let index = 0; index < 4000; index += 1) filling.set(`{${keyPrefix}}:filler:${index}`, 'x');
    await filling.exec();
    await redis.kill();
    const loading = redis.start(['--key-load-delay', '200']);
    const probe = new Redis(redis.url, { enableReadyCheck: false, retryStrategy: () => 10 });
    probe.on('error', () => undefined);
    await expect(probe.ping()).rejects.toThrow(/LOADING/);
    probe.disconnect();
    await expect(journal.head()).rejects.toThrow(JournalUnavailableError);
    await loading;
    await recovered(journal);
    expect(await readAll(journal)).toHaveLength(30);
  });

  it('is away for whoever writes while it is a replica, and back when it is not', async () => {
    const journal = await open();
    const { epoch } = await journal.head();
    await admin.replicaof('127.0.0.1', 1);
    await expect(journal.append([write('a', 0)], { epoch })).rejects.toThrow(JournalUnavailableError);
    await expect(journal.leases.acquire('crawl', 'one', 1000)).rejects.toThrow(JournalUnavailableError);
    await admin.replicaof('NO', 'ONE');
    await recovered(journal);
    expect(await append(journal, write('a', 0))).toMatchObject([{ rev: 1 }]);
  });

  it('refuses a write as a whole where its memory is full, can be read, and is trimmed', async () => {
    const journal = await open();
    await append(journal, write('a', 0), write('b', 0));
    const { epoch, position } = await journal.head();
    await admin.config('SET', 'maxmemory', 1);
    await expect(journal.append([write('a', 1)], { epoch })).rejects.toThrow(JournalUnavailableError);
    await expect(journal.publish([statusChange('p', 1)], { epoch })).rejects.toThrow(JournalUnavailableError);
    await expect(journal.leases.acquire('crawl', 'one', 1000)).rejects.toThrow(JournalUnavailableError);
    expect(await journal.head()).toEqual({ epoch, position });
    expect(await journal.get(REGISTRY, [idOf('a')])).toMatchObject([{ rev: 1 }]);
    expect(await readAll(journal)).toHaveLength(2);
    await journal.trim({ maxAgeMs: 60_000, maxEntries: 1 });
    await admin.config('SET', 'maxmemory', 0);
    expect((await journal.read({ epoch, before: null, limit: 5 })).entries).toHaveLength(1);
    expect(await append(journal, write('a', 1))).toMatchObject([{ rev: 2 }]);
  });

  it('is away for who has the wrong password, which is told to nobody', async () => {
    await admin.config('SET', 'requirepass', 'the-right-one');
    const wrong = await open({ url: redis.url.replace('//', '//:the-wrong-one@') });
    const error = await wrong.head().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(JournalUnavailableError);
    const { cause } = error as JournalUnavailableError;
    expect(cause).toMatchObject({ message: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify([error, cause, Object.entries(cause as object)])).not.toContain('the-wrong-one');
    const right = await open({ url: redis.url.replace('//', '//:the-right-one@') });
    await right.head();
    await admin.config('SET', 'requirepass', '');
  });
});

describe('Redis that throws keys away', () => {
  it('is refused at the start, with what to do', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const opening = openRedisJournal({ url: redis.url });
    await expect(opening).rejects.toThrow(JournalSettingsError);
    await expect(opening).rejects.toThrow(/maxmemory-policy: allkeys-lru.*Set its maxmemory-policy to noeviction/s);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await (await open()).head();
  });

  it('is refused later where it has come back so, until it is put right', async () => {
    const journal = await open();
    await journal.head();
    await restart(['--maxmemory-policy', 'volatile-ttl']);
    await vi.waitFor(async () => {
      const error = await journal.head().then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ cause: expect.any(JournalSettingsError) });
    }, PATIENCE);
    await restart();
    await recovered(journal);
  });
});
