import { UnavailableError } from '../../domain/errors.js';
import type { Timestamp } from '../../domain/model.js';
import type { UnavailableSource } from '../connection.js';
import type { CompleteSnapshot } from './snapshots.js';

/** What there is of some registries. */
export interface Served {
  readonly complete: readonly CompleteSnapshot[];
  /** Those that were never walked as a whole. */
  readonly missing: readonly UnavailableSource[];
  /** How far the oldest of it is complete. */
  readonly asOf: Timestamp;
}

/**
 * @param find Null: never walked as a whole.
 * @param now Stands in where there is nothing that could be old.
 */
export function servedOf(
  find: (registryId: string) => CompleteSnapshot | null,
  registryIds: readonly string[],
  now: Timestamp,
): Served {
  const complete: CompleteSnapshot[] = [];
  const missing: UnavailableSource[] = [];
  for (const registryId of registryIds) {
    const found = find(registryId);
    if (found !== null) complete.push(found);
    else missing.push({ registryId, error: notWalkedYet(registryId), servedStaleFrom: null });
  }
  const times = complete.map(({ state }) => state.completeThrough);
  return { complete, missing, asOf: times.reduce((oldest, time) => (time < oldest ? time : oldest), times[0] ?? now) };
}

function notWalkedYet(registryId: string): UnavailableError {
  return new UnavailableError(
    `Registry ${registryId} has not been read as a whole yet, which this question takes. Try again in a moment.`,
    { registryId, retryAfterMs: 5000 },
  );
}
