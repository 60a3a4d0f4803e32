import type { CheckResult } from '../domain/registry.js';
import { createJournal, type JournalConfig } from './index.js';
import { JournalUnavailableError } from './journal.js';
import { JournalSettingsError } from './redis-settings.js';

/** Whether the journal that a config names can be used; null where it is the process's own, and there is nothing to ask. */
export async function checkJournal(config: JournalConfig): Promise<CheckResult | null> {
  if (config.mode === 'single') return null;
  const name = 'Redis';
  try {
    await using journal = await createJournal(config);
    await journal.head();
    return { name, ok: true, message: 'answers, and throws nothing away' };
  } catch (error) {
    if (error instanceof JournalSettingsError) return { name, ok: false, message: error.message };
    if (!(error instanceof JournalUnavailableError)) throw error;
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return {
      name,
      ok: false,
      message: `cannot be used${why}. Look at redis.journal.url, and whether it runs and lets this machine in.`,
    };
  }
}
