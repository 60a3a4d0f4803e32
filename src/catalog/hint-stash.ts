import { createHash } from 'node:crypto';

/**
 * Keeps what is too long for a cursor, under its hash: upstream page tokens, which only speed a walk up, so that one that is gone (after its
 * time, after a restart, on another replica) costs upstream calls and never a wrong answer; and, where the list is over very many long-named models, the
 * places of the walk, without which it must begin again.
 */
export interface HintStash {
  /** Gives what to put into the cursor instead. */
  put(hint: string): string;
  /** Gives back what `put` was given; a text that `put` never made is its own hint; undefined when it is no longer kept. */
  get(kept: string): string | undefined;
}

const MARK = '#';

export function createHintStash(
  options: { ttlSeconds?: number; maxCharacters?: number; now?: () => number } = {},
): HintStash {
  const { ttlSeconds = 600, maxCharacters = 32 * 1024 * 1024, now = Date.now } = options;
  const entries = new Map<string, { hint: string; expiresAt: number }>();
  let characters = 0;

  const drop = (key: string) => {
    characters -= entries.get(key)?.hint.length ?? 0;
    entries.delete(key);
  };

  return {
    put(hint) {
      const key = MARK + createHash('sha256').update(hint).digest('base64url');
      // Set anew, it moves to the end: the map's order is the order of expiry.
      drop(key);
      entries.set(key, { hint, expiresAt: now() + ttlSeconds * 1000 });
      characters += hint.length;
      for (const [oldest, entry] of entries) {
        if (entry.expiresAt > now() && characters <= maxCharacters) break;
        drop(oldest);
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
