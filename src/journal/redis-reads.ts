import { newEpoch } from './epoch.js';
import {
  BEGINNING,
  comparePositions,
  EpochChangedError,
  type JournalEntry,
  type JournalHead,
  type JournalPage,
  type JournalQuery,
  type Position,
  TrimmedError,
} from './journal.js';
import { pageOf } from './page-of.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import { READ } from './redis-scripts.js';
import { type RawEntry, readEntry } from './redis-texts.js';

/** Entries in one batch for those who follow. */
const BATCH = 500;

export interface RedisReads {
  read(query: JournalQuery): Promise<JournalPage>;
  follow(
    from: { readonly epoch: string; readonly after: Position },
    signal: AbortSignal,
  ): AsyncIterable<readonly JournalEntry[]>;
}

type Answer = readonly [
  epoch: string,
  head: string | null,
  trimmed: string | null,
  isThere: number,
  entries: readonly RawEntry[],
  evidence: readonly (string | null)[],
];

export function createRedisReads(link: RedisLink, keys: RedisKeys): RedisReads {
  const ask = async (direction: 'after' | 'before', position: Position | null, limit: number) => {
    const args = [newEpoch(), direction, position ?? '', limit];
    const answer = await link.script(READ, [keys.meta, keys.stream, keys.evidence], args);
    const [epoch, head, trimmed, isThere, entries, evidence] = answer as Answer;
    return {
      head: { epoch, position: head ?? BEGINNING } satisfies JournalHead,
      trimmed: trimmed ?? BEGINNING,
      isThere: isThere === 1,
      entries: entries.map((entry, index) => readEntry(entry, evidence[index] ?? null)),
    };
  };

  const readAfter = async ({ epoch, after }: { epoch: string; after: Position }) => {
    const { head, trimmed, isThere, entries } = await ask('after', after, BATCH);
    if (head.epoch !== epoch) throw new EpochChangedError('The journal has begun anew.');
    // An entry that was there and is not, and was not dropped: Redis has come back without its last moments, and what came after is another story.
    const isWhole = after === trimmed || (isThere && comparePositions(after, trimmed) > 0);
    if (!isWhole) throw new TrimmedError(`What came after ${after} is not kept any more, or was lost.`);
    return entries;
  };

  return {
    async read(query) {
      const { limit } = query;
      const found =
        'after' in query ? await ask('after', query.after, limit + 1) : await ask('before', query.before, limit + 1);
      const page = pageOf(query, { ...found, oldest: null });
      if (page.gap === null) return page;
      const [first] = await link.run((redis) => redis.xrange(keys.stream, '-', '+', 'COUNT', 1));
      return pageOf(query, { ...found, oldest: first?.[0] ?? null });
    },

    async *follow({ epoch, after: start }, signal) {
      if (signal.aborted) return;
      using bell = link.openBell();
      const leave = () => bell[Symbol.dispose]();
      signal.addEventListener('abort', leave);
      try {
        for (let after = start; !signal.aborted; ) {
          const entries = await readAfter({ epoch, after });
          if (entries.length > 0) yield entries;
          else await bell.rung(keys.stream, after);
          after = entries.at(-1)?.position ?? after;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}
