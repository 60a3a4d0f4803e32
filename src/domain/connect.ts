import type { CheckResult } from './registry.js';

// What it takes, outside of the gateway, for registries to tell of their changes by themselves: `registrar connect <kind>`.

export interface ConnectPlan {
  readonly registryIds: readonly string[];
  /** To be read, kept and applied by whoever may; without secrets. */
  readonly documents: readonly ConnectDocument[];
  /** Does what the documents say. Never throws. Absent where that is somebody else's to do. */
  readonly apply?: () => Promise<readonly CheckResult[]>;
}

export interface ConnectDocument {
  /** What `--format` goes by, e.g. `terraform`. */
  readonly format: string;
  /** Unique among all documents of a kind. */
  readonly fileName: string;
  readonly text: string;
}
