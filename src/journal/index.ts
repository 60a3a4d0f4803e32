import type { Journal } from './journal.js';
import { createMemoryJournal } from './memory-journal.js';
import { openRedisJournal } from './redis-journal.js';

/** As a config has it. */
export interface JournalConfig {
  readonly mode: 'single' | 'shared';
  readonly redis: { readonly journal?: { readonly url: string; readonly keyPrefix: string } | undefined };
}

/**
 * The journal that a config names: of this process alone, or of all replicas.
 * @throws JournalSettingsError where the Redis is not one for a journal. One that cannot be reached is waited for in the background.
 */
export async function createJournal({ mode, redis }: JournalConfig): Promise<Journal> {
  if (mode === 'single') return createMemoryJournal();
  if (redis.journal === undefined) throw new Error('The mode shared needs redis.journal.');
  return openRedisJournal(redis.journal);
}
