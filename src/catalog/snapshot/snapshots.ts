import { isModelRecord, isVersionRecord } from '../../domain/changes.js';
import { RegistrySnapshot } from './registry-snapshot.js';
import type { SnapshotSink, SnapshotState } from './snapshot-sink.js';

/** All registries as they were seen last, held in memory: filled by whoever follows the journal, read by lists and lookups. */
export interface Snapshots extends SnapshotSink {
  /** Null where the registry was never walked as a whole, so that nothing can be answered from it. */
  of(registryId: string): CompleteSnapshot | null;
}

export interface CompleteSnapshot {
  readonly registry: RegistrySnapshot;
  readonly state: SnapshotState;
}

/** Holds the very records that it is given, and never changes them. */
export function createSnapshots(): Snapshots {
  const registries = new Map<string, RegistrySnapshot>();
  const registryOf = (id: string): RegistrySnapshot => {
    const known = registries.get(id);
    if (known !== undefined) return known;
    const made = new RegistrySnapshot(id);
    registries.set(id, made);
    return made;
  };

  return {
    clear(registryId) {
      registries.delete(registryId);
    },
    put(record) {
      const registry = registryOf(record.ref.registryId);
      if (isVersionRecord(record)) registry.putVersion(record);
      else if (isModelRecord(record)) registry.putModel(record);
    },
    remove(registryId, entity) {
      registries.get(registryId)?.remove(entity);
    },
    setState(registryId, state) {
      registryOf(registryId).state = state;
    },
    of(registryId) {
      const registry = registries.get(registryId);
      return registry === undefined || registry.state === null ? null : { registry, state: registry.state };
    },
  };
}
