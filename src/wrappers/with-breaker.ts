import { RegistryError, TimeoutError, UnavailableError } from '../domain/errors.js';
import type { RegistryAdapter } from '../domain/registry.js';
import { wrapCalls } from './around.js';

export interface BreakerOptions {
  /** Failures in a row after which calls are refused. Default 5. */
  readonly failures?: number;
  /** How long they are refused before one call may try. Default 5000. */
  readonly openMs?: number;
  readonly now?: () => number;
}

/** Stops asking a registry that does not answer, so that its deadline is not paid by every request; one call at a time finds out when it is back. */
export function withBreaker(inner: RegistryAdapter, options: BreakerOptions = {}): RegistryAdapter {
  const { failures = 5, openMs = 5000, now = Date.now } = options;
  let inARow = 0;
  let openUntil = 0;
  let isTrying = false;
  let lastFailure: RegistryError | undefined;

  return wrapCalls(inner, async (operation, callOptions, run) => {
    const isOpen = inARow >= failures;
    if (isOpen && (isTrying || now() < openUntil)) {
      throw new UnavailableError(`Registry ${inner.id} has not answered lately and is not asked again for a moment.`, {
        registryId: inner.id,
        operation,
        retryAfterMs: Math.max(0, openUntil - now()),
        cause: lastFailure,
      });
    }
    if (isOpen) isTrying = true;
    try {
      const result = await run(callOptions);
      inARow = 0;
      return result;
    } catch (error) {
      if (isGivenUp(callOptions.signal)) {
        // The caller went away: that says nothing about the registry.
      } else if (isOutage(error)) {
        inARow += 1;
        lastFailure = error;
        if (inARow >= failures) openUntil = now() + openMs;
      } else {
        // It answered, if only with a refusal.
        inARow = 0;
      }
      throw error;
    } finally {
      if (isOpen) isTrying = false;
    }
  });
}

/** Ended by the caller, not by a deadline, which is always one of our errors. */
function isGivenUp(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof RegistryError);
}

function isOutage(error: unknown): error is RegistryError {
  return error instanceof UnavailableError || error instanceof TimeoutError;
}
