import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailableError } from '../domain/errors.js';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 15_000;

/** Does it until it is done: the governance store is waited for as long as it takes. Rejects with the signal's reason, and with what is no outage. */
export async function persist<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error;
      report(error);
    }
    await sleep(pauseMs, undefined, { signal });
  }
}
