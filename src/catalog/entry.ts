import type { RegistryError } from '../domain/errors.js';
import type { Tag, Timestamp } from '../domain/model.js';
import type { RegistryAdapter } from '../domain/registry.js';

/** One configured registry as the catalog knows it. */
export interface RegistryEntry {
  readonly id: string;
  readonly displayName: string;
  readonly labels: readonly Tag[];
  /** With all wrappers around it. */
  readonly adapter: RegistryAdapter;
  readonly health: () => RegistryHealth;
}

/** STARTING: has not answered yet. DEGRADED: answers, but not always. DOWN: does not answer. */
export type RegistryHealthStatus = 'STARTING' | 'UP' | 'DEGRADED' | 'DOWN';

export interface RegistryHealth {
  readonly status: RegistryHealthStatus;
  readonly checkedAt: Timestamp | null;
  readonly lastSuccessAt: Timestamp | null;
  /** Of the last answered call, in milliseconds. */
  readonly latencyMs: number | null;
  /** Why it is not UP. */
  readonly problem: RegistryError | null;
}
