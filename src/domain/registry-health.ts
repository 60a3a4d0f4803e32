import type { RegistryError } from './errors.js';
import type { Timestamp } from './model.js';

/** STARTING: has not answered yet. DEGRADED: answers, but not always. DOWN: does not answer. */
export type RegistryHealthStatus = 'STARTING' | 'UP' | 'DEGRADED' | 'DOWN';

/** What the calls to a registry tell about it. */
export interface RegistryHealth {
  readonly status: RegistryHealthStatus;
  readonly checkedAt: Timestamp | null;
  readonly lastSuccessAt: Timestamp | null;
  /** Of the last answered call, in milliseconds. */
  readonly latencyMs: number | null;
  /** Why it is not UP. */
  readonly problem: RegistryError | null;
}
