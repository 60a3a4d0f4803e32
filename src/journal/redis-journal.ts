import { newEpoch } from './epoch.js';
import { BEGINNING, type Journal, type StoredEntity } from './journal.js';
import { redisKeys } from './redis-keys.js';
import { createRedisLeases } from './redis-leases.js';
import { openRedisLink } from './redis-link.js';
import { createRedisReads } from './redis-reads.js';
import { CONFIRM, HEAD, MARK, REGISTRIES, SET_NOTE, SET_REGISTRY_STATE } from './redis-scripts.js';
import { readRegistryState, readState } from './redis-texts.js';
import { createRedisTrim } from './redis-trim.js';
import { appendTo, guardedScripts, publishTo } from './redis-writes.js';

export interface RedisJournalOptions {
  /** `redis://[user:password@]host:port[/database]`; `rediss://` with TLS. */
  readonly url: string;
  /** Tells the journals in one Redis apart. Default: registrar. */
  readonly keyPrefix?: string;
  /** What a call may take. Default: 5000. */
  readonly timeoutMs?: number;
}

/** Keys or ids that one command takes at once. */
const CHUNK = 500;

/**
 * The journal of any number of replicas, in one Redis. Where that cannot be reached it opens all the same, and refuses every call until it can.
 * @throws JournalSettingsError where Redis is too old, or would throw away what the journal keeps.
 */
export async function openRedisJournal(options: RedisJournalOptions): Promise<Journal> {
  const { url, keyPrefix = 'registrar', timeoutMs = 5000 } = options;
  const link = await openRedisLink({ url, timeoutMs });
  const keys = redisKeys(keyPrefix);
  const run = guardedScripts(link, keys);

  return {
    ...createRedisReads(link, keys),
    leases: createRedisLeases(link, keys),
    trim: createRedisTrim(link, keys),
    append: (writes, guard) => appendTo(run, keys, writes, guard),
    publish: (changes, guard) => publishTo(run, keys, changes, guard),

    async head() {
      const [epoch, position] = (await link.script(HEAD, [keys.meta], [newEpoch()])) as [string, string | null];
      return { epoch, position: position ?? BEGINNING };
    },

    async get(registryId, entities) {
      const found: (StoredEntity | null)[] = [];
      for (const chunk of chunksOf(entities)) {
        const texts = await link.run((redis) => redis.hmget(keys.state(registryId), ...chunk));
        found.push(...texts.map((text, index) => (text === null ? null : readState(chunk[index] ?? '', text))));
      }
      return found;
    },

    async *load(registryId, signal) {
      // While Redis makes room it may give one twice.
      const met = new Set<string>();
      let cursor = '0';
      do {
        signal?.throwIfAborted();
        const from = cursor;
        const [next, flat] = await link.run((redis) => redis.hscan(keys.state(registryId), from, 'COUNT', CHUNK));
        const page: StoredEntity[] = [];
        for (let index = 0; index < flat.length; index += 2) {
          const [entity = '', text = ''] = flat.slice(index, index + 2);
          if (!met.has(entity)) page.push(readState(entity, text));
          met.add(entity);
        }
        if (page.length > 0) yield page;
        cursor = next;
      } while (cursor !== '0');
    },

    async confirm(changeIds, evidence) {
      for (const chunk of chunksOf(changeIds))
        await link.script(CONFIRM, [keys.places, keys.evidence], [evidence, ...chunk]);
    },

    async registries() {
      const answer = await link.script(REGISTRIES, [keys.meta, keys.registries], [newEpoch()]);
      const [epoch, position, flat] = answer as [string, string | null, string[]];
      const ids = flat.filter((_, index) => index % 2 === 0);
      const states = new Map(ids.map((id, index) => [id, readRegistryState(flat[2 * index + 1] ?? '')]));
      return { head: { epoch, position: position ?? BEGINNING }, states };
    },

    async setRegistryState(registryId, { completeThrough, walkedAt, highestModified }, guard) {
      const args = [registryId, completeThrough, `${walkedAt}\n${highestModified ?? ''}`];
      await run(SET_REGISTRY_STATE, guard, [keys.registries], args);
    },

    async seen(marks) {
      const found: boolean[] = [];
      for (const chunk of chunksOf(marks.map(keys.seen)))
        found.push(...(await link.run((redis) => redis.mget(chunk))).map((value) => value !== null));
      return found;
    },

    async mark(marks, ttlMs) {
      for (const chunk of chunksOf(marks.map(keys.seen))) await link.script(MARK, chunk, [ttlMs]);
    },

    notes: {
      get: (key) => link.run((redis) => redis.hget(keys.notes, key)),
      async set(key, value, guard) {
        await run(SET_NOTE, guard, [keys.notes], [key, value]);
      },
      async remove(key) {
        await link.run((redis) => redis.hdel(keys.notes, key));
      },
    },

    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

function chunksOf(texts: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(texts.length / CHUNK) }, (_, index) =>
    texts.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}
