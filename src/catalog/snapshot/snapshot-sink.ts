import type { ModelRecord, ModelVersionRecord, Timestamp } from '../../domain/model.js';

/** Where the picture of the registries is kept that lists are answered from; whoever follows the journal fills it. */
export interface SnapshotSink {
  /** Forgets everything of a registry: what follows is loaded anew, and nothing is answered from it until `setState`. */
  clear(registryId: string): void;
  put(record: ModelRecord | ModelVersionRecord): void;
  /** @param entity `modelId` or `versionId`. */
  remove(registryId: string, entity: string): void;
  /** How far it is complete; null: it was never walked as a whole, so that nothing can be answered from it. */
  setState(registryId: string, state: SnapshotState | null): void;
}

export interface SnapshotState {
  /** Everything that happened in the registry before this time is in it. */
  readonly completeThrough: Timestamp;
}
