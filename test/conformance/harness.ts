import type { ApprovalStatus } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';

/** What the suite needs of an engine besides the adapter under test. */
export interface RegistryHarness {
  /** An adapter over a registry of its own with nothing in it. */
  open(): Promise<OpenedRegistry>;
  /** Names with every legal odd character of this upstream: spaces, quotes, unicode, `%`, backslash and the like, where it takes them. */
  readonly oddNames: readonly string[];
  /** Times that the upstream writes are truncated to this many milliseconds (1 where it keeps them). */
  readonly timestampPrecisionMs: number;
  /** False where the registry is in this process and `origin` is null; the cases that put a proxy in between are left out then. Default true. */
  readonly hasNetwork?: boolean;
}

/** Writes go past the adapter, with the upstream's own client: they stand for what other people do to the registry. */
export interface OpenedRegistry extends AsyncDisposable {
  readonly adapter: RegistryAdapter;
  /** Origin of the engine, e.g. `http://127.0.0.1:5000`; null where the registry is not behind a network. */
  readonly origin: string | null;
  /** A second adapter over the same registry that reaches its engine through `origin`: the fault proxy. */
  through(origin: string): RegistryAdapter;
  setApprovalStatus(ref: VersionRef, status: ApprovalStatus): Promise<void>;
  deleteVersion(ref: VersionRef): Promise<void>;
  deleteModel(ref: ModelRef): Promise<void>;
  /** With capability `ALIASES`. */
  setAlias(ref: VersionRef, alias: string): Promise<void>;
  /** With capability `STAGES`. */
  setStage(ref: VersionRef, stage: string): Promise<void>;
  /** Many versions of one model, as fast as the upstream takes them. */
  createVersions(model: ModelRef, count: number): Promise<void>;
}
