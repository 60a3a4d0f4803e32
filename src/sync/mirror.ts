import { isModelRecord, isVersionRecord, type StateRecord } from '../domain/changes.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelId, modelOf } from '../domain/refs.js';
import { comparePositions, type StoredEntity } from '../journal/journal.js';

/** What this replica knows of the journal's entity state, registry by registry. It may be a moment behind; it never is ahead. */
export interface Mirror {
  get(registryId: string, entity: string): StoredEntity | undefined;
  entities(registryId: string): Iterable<StoredEntity>;
  versionsOf(model: ModelRef): Iterable<ModelVersionRecord>;
  /** Takes it in unless something newer is there. @returns What was there before; undefined where it was not taken in. */
  apply(registryId: string, stored: StoredEntity): { readonly before: StateRecord | null } | undefined;
  clear(registryId: string): void;
}

export function createMirror(): Mirror {
  const registries = new Map<string, Map<string, StoredEntity>>();
  const versions = new Map<string, Set<string>>();

  const of = (registryId: string) => {
    const known = registries.get(registryId);
    if (known !== undefined) return known;
    const made = new Map<string, StoredEntity>();
    registries.set(registryId, made);
    return made;
  };
  const note = (record: StateRecord | null, entity: string, isThere: boolean) => {
    if (record === null || !isVersionRecord(record)) return;
    const model = modelId(modelOf(record.ref));
    const names = versions.get(model) ?? new Set();
    if (isThere) versions.set(model, names.add(entity));
    else if (names.delete(entity) && names.size === 0) versions.delete(model);
  };

  return {
    get: (registryId, entity) => registries.get(registryId)?.get(entity),
    entities: (registryId) => of(registryId).values(),
    *versionsOf(model) {
      const entities = registries.get(model.registryId);
      for (const entity of versions.get(modelId(model)) ?? []) {
        const record = entities?.get(entity)?.record;
        if (record && isVersionRecord(record)) yield record;
      }
    },
    apply(registryId, stored) {
      const entities = of(registryId);
      const known = entities.get(stored.entity);
      if (known !== undefined && comparePositions(stored.position, known.position) <= 0) return undefined;
      const before = known?.record ?? null;
      note(before, stored.entity, false);
      note(stored.record, stored.entity, true);
      entities.set(stored.entity, stored);
      return { before };
    },
    clear(registryId) {
      for (const { entity, record } of registries.get(registryId)?.values() ?? []) note(record, entity, false);
      registries.delete(registryId);
    },
  };
}

/** Whether there is a model of that name, as far as is known here. */
export function knowsModel(mirror: Mirror, ref: ModelRef): boolean {
  const record = mirror.get(ref.registryId, modelId(ref))?.record;
  return record !== undefined && record !== null && isModelRecord(record);
}
