import type { Tag } from '../domain/model.js';
import type { RegistryAdapter } from '../domain/registry.js';
import type { RegistryHealth } from '../domain/registry-health.js';

/** One configured registry as the catalog knows it. */
export interface RegistryEntry {
  readonly id: string;
  readonly displayName: string;
  readonly labels: readonly Tag[];
  /** With all wrappers around it. */
  readonly adapter: RegistryAdapter;
  readonly health: () => RegistryHealth;
}
