import { setTimeout as sleep } from 'node:timers/promises';
import { abortedError } from '../shared/aborted.js';
import type { Call, Session } from './session.js';

/** Waits, unless the call is ended meanwhile. */
export async function pause(ms: number, session: Session, { operation, options: { signal } }: Call): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw abortedError(signal, { registryId: session.registryId, operation });
  }
}
