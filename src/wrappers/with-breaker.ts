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

/** A call that was not made, because the registry has not answered lately. */
export class CircuitOpenError extends UnavailableError {}

/** Stops asking a registry that does not answer, so that its deadline is not paid by every request; one call at a time finds out when it is back. */
export function withBreaker(inner: RegistryAdapter, options: BreakerOptions = {}): RegistryAdapter {
  const { failures = 5, openMs = 5000, now = Date.now } = options;
  let inARow = 0;
  let answers = 0;
  let openUntil = 0;
  let isTrying = false;
  let lastFailure: RegistryError | undefined;

  return wrapCalls(inner, async (operation, callOptions, run, isEvidence) => {
    const isOpen = inARow >= failures;
    if (isOpen && (isTrying || now() < openUntil)) {
      throw new CircuitOpenError(`Registry ${inner.id} has not answered lately and is not asked again for a moment.`, {
        registryId: inner.id,
        operation,
        retryAfterMs: Math.max(0, openUntil - now()),
        cause: lastFailure,
      });
    }
    if (isOpen) isTrying = true;
    const answersBefore = answers;
    try {
      const result = await run(callOptions);
      if (isEvidence(result)) {
        answers += 1;
        inARow = 0;
      }
      return result;
    } catch (error) {
      if (isOutage(error)) {
        // A call that came to nothing while others were answered has waited for its turn, or for one slow answer.
        if (answers === answersBefore && !isGivenUp(callOptions.signal)) inARow += 1;
        lastFailure = error;
        if (inARow >= failures) openUntil = now() + openMs;
      } else if (error instanceof RegistryError && !isGivenUp(callOptions.signal)) {
        // It answered, if only with a refusal.
        answers += 1;
        inARow = 0;
      }
      throw error;
    } finally {
      if (isOpen) isTrying = false;
    }
  });
}

/** Ended by the caller, who went away, not by a deadline, which is always one of our errors: that says nothing about the registry. */
export function isGivenUp(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof RegistryError);
}

function isOutage(error: unknown): error is RegistryError {
  return error instanceof UnavailableError || error instanceof TimeoutError;
}
