import { createHash } from 'node:crypto';

/**
 * Keeps upstream page tokens that are too long for a cursor, under their hash. A hint only speeds a walk up, so one that is gone
 * (after its time, after a restart, on another replica) costs upstream calls, never a wrong answer.
 */
export interface HintStash {
  /** Gives what to put into the cursor instead. */
  put(hint: string): string;
  /** Gives back what `put` was given; a text that `put` never made is its own hint; undefined when it is no longer kept. */
  get(kept: string): string | undefined;
}

const MARK = '#';

export function createHintStash(
  options: { ttlSeconds?: number; maxEntries?: number; now?: () => number } = {},
): HintStash {
  const { ttlSeconds = 600, maxEntries = 10_000, now = Date.now } = options;
  const entries = new Map<string, { hint: string; expiresAt: number }>();

  return {
    put(hint) {
      const key = MARK + createHash('sha256').update(hint).digest('base64url');
      // Set anew, it moves to the end: the map's order is the order of expiry.
      entries.delete(key);
      entries.set(key, { hint, expiresAt: now() + ttlSeconds * 1000 });
      for (const [oldest, entry] of entries) {
        if (entry.expiresAt > now() && entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      return key;
    },
    get(kept) {
      if (!kept.startsWith(MARK)) return kept;
      const entry = entries.get(kept);
      return entry !== undefined && entry.expiresAt > now() ? entry.hint : undefined;
    },
  };
}
