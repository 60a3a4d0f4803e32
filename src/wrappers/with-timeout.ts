import { RegistryError, TimeoutError } from '../domain/errors.js';
import type { RegistryAdapter } from '../domain/registry.js';
import { type OperationClass, operationClass, wrapCalls } from './around.js';

/** Bounds each attempt, and settles when the signal says so even where the adapter does not. */
export function withTimeout(
  inner: RegistryAdapter,
  timeoutMs: Readonly<Record<OperationClass, number>>,
): RegistryAdapter {
  return wrapCalls(inner, async (operation, options, run) => {
    const limitMs = timeoutMs[operationClass(operation)];
    const controller = new AbortController();
    const timer = setTimeout(() => {
      controller.abort(
        new TimeoutError(`Registry ${inner.id} did not answer within ${limitMs} ms.`, {
          registryId: inner.id,
          operation,
        }),
      );
    }, limitMs);
    const signal = AbortSignal.any([options.signal, controller.signal]);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(abortError(inner.id, operation, signal.reason));
    // Whoever listens too late for the race must not see an unhandled rejection.
    aborted.catch(() => {});
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([aborted, signal.aborted ? aborted : run({ ...options, signal })]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  });
}

function abortError(registryId: string, operation: string, reason: unknown): RegistryError {
  if (reason instanceof RegistryError) return reason;
  return new TimeoutError(`The call to registry ${registryId} was given up.`, { registryId, operation, cause: reason });
}
