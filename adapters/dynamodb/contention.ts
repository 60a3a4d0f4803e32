import { ConflictError } from '../../src/domain/errors.js';
import { pause } from './pause.js';
import type { Call, Session } from './session.js';

const ATTEMPTS_MAX = 12;
const FIRST_PAUSE_MS = 10;
const PAUSE_MAX_MS = 320;

/**
 * Reads, decides and writes on the condition that what was read still holds; begins anew, a bounded number of times, when it does not. This is
 * how the table is written at all, not a retry of a failed call: each attempt decides by what it has read itself.
 */
export async function withContention<T>(
  session: Session,
  call: Call,
  attempt: () => Promise<{ readonly done: T } | 'changed'>,
): Promise<T> {
  for (let number = 1; number <= ATTEMPTS_MAX; number += 1) {
    const outcome = await attempt();
    if (outcome !== 'changed') return outcome.done;
    // Random, so that writers who met do not meet again.
    await pause(Math.random() * Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * 2 ** number), session, call);
  }
  throw new ConflictError('Too many others are writing to the same model at this moment. Try again.', {
    ...session.fault(call),
    retryable: true,
  });
}

/** Whether the conditional write took effect. */
export async function hasWritten(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
