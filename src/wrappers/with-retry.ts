import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimitedError, RegistryError, TimeoutError } from '../domain/errors.js';
import type { RegistryAdapter } from '../domain/registry.js';
import { operationClass, wrapCalls } from './around.js';

export interface RetryOptions {
  /** Attempts in all, the first one counted. Default 3. */
  readonly attempts?: number;
  /** The first pause; each further one is twice as long, all with full jitter. Default 50. */
  readonly baseDelayMs?: number;
  /** Default 1000. A longer pause that the upstream asks for is not waited out: the error goes on with its `retryAfterMs`. */
  readonly maxDelayMs?: number;
  readonly random?: () => number;
}

/**
 * Tries a read again after a passing fault. Writes go through once: whether they took effect is not known after a fault. A timeout is not
 * tried again either, since the caller has no time left.
 */
export function withRetry(inner: RegistryAdapter, options: RetryOptions = {}): RegistryAdapter {
  const { attempts = 3, baseDelayMs = 50, maxDelayMs = 1000, random = Math.random } = options;
  return wrapCalls(inner, async (operation, callOptions, run) => {
    if (operationClass(operation) === 'write') return run(callOptions);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run(callOptions);
      } catch (error) {
        const asked = error instanceof RateLimitedError ? (error.retryAfterMs ?? 0) : 0;
        if (attempt >= attempts || !isWorthRepeating(error) || asked > maxDelayMs || callOptions.signal.aborted)
          throw error;
        const jittered = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
        // A signal that ends the pause is for the next attempt to report: it knows how.
        await sleep(Math.max(asked, jittered), undefined, { signal: callOptions.signal }).catch(() => {});
      }
    }
  });
}

function isWorthRepeating(error: unknown): boolean {
  return error instanceof RegistryError && error.retryable && !(error instanceof TimeoutError);
}
