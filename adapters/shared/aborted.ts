import { RegistryError, TimeoutError } from '../../src/domain/errors.js';

export interface CallContext {
  readonly registryId: string;
  readonly operation: string;
}

/** What an aborted call rejects with: the signal's own reason where that says more than "aborted". */
export function abortedError(signal: AbortSignal, context: CallContext): RegistryError {
  if (signal.reason instanceof RegistryError) return signal.reason;
  return new TimeoutError(`The call to registry ${context.registryId} was ended before it answered. Try again.`, {
    ...context,
    cause: signal.reason,
  });
}

/** @throws RegistryError as `abortedError` when the call has been ended already. */
export function refuseAborted(signal: AbortSignal, context: CallContext): void {
  if (signal.aborted) throw abortedError(signal, context);
}

/** The SDKs do not watch the signal while they fetch credentials, nor does shared preparation: a caller must not wait for either. */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
