import { ulid } from 'ulid';
import type { EvidenceRecord, ModelRecord, ModelVersionRecord, Tag, Timestamp } from '../../src/domain/model.js';

/** A version as the store holds it: all that is not derived from where it stands. */
export type StoredVersion = Readonly<
  Omit<ModelVersionRecord, 'ref' | 'nativeId' | 'aliasNames' | 'consoleUrl' | 'createdAt'> & {
    createdAt: Timestamp;
    evidence: StoredEvidence;
  }
>;

export type StoredEvidence = Omit<EvidenceRecord, 'problems'>;

export interface StoredModel extends Pick<ModelRecord, 'description' | 'createdBy' | 'updatedAt'> {
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly createdAt: Timestamp;
  /** Alias to version number. */
  readonly aliases: ReadonlyMap<string, number>;
  readonly versions: ReadonlyMap<number, StoredVersion>;
  /** Numbers are not used again, so this outlives the version that had it. */
  readonly lastNumber: number;
}

export type NewStoredModel = Pick<StoredModel, 'name' | 'description' | 'tags' | 'createdBy'>;
export type NewStoredVersion = Omit<
  StoredVersion,
  'number' | 'incarnation' | 'createdAt' | 'updatedAt' | 'approvalStatusSince'
>;
export type ModelChange = Partial<Pick<StoredModel, 'description' | 'tags'>>;

/**
 * What the registry holds, apart from how it is asked. Handed to the adapter, so that a test or a demonstration can write behind its back as
 * other people do. Values are immutable: a write puts a new one in place. A write to what is not there is `undefined`.
 */
export interface MemoryStore {
  models(): Iterable<StoredModel>;
  model(name: string): StoredModel | undefined;
  createModel(model: NewStoredModel): StoredModel | undefined;
  updateModel(model: string, change: ModelChange): StoredModel | undefined;
  deleteModel(model: string): boolean;
  createVersion(model: string, version: NewStoredVersion): StoredVersion | undefined;
  updateVersion(model: string, number: number, change: Partial<StoredVersion>): StoredVersion | undefined;
  deleteVersion(model: string, number: number): boolean;
  setAlias(model: string, alias: string, number: number): StoredModel | undefined;
  deleteAlias(model: string, alias: string): StoredModel | undefined;
  /** What a request id made, by operation, so that repeating the request finds it. */
  readonly requests: Map<string, string>;
  /** Names of what serves a version, by its incarnation: nothing serves from here, but it can be said that something did. */
  readonly serving: Map<string, readonly string[]>;
}

export function createMemoryStore(seed: Iterable<StoredModel> = []): MemoryStore {
  const models = new Map<string, StoredModel>();
  for (const model of seed) models.set(model.name, model);

  const put = (model: StoredModel): StoredModel => {
    models.set(model.name, model);
    return model;
  };

  return {
    requests: new Map(),
    serving: new Map(),
    models: () => models.values(),
    model: (name) => models.get(name),
    createModel(model) {
      if (models.has(model.name)) return undefined;
      const now = timestamp();
      return put({ ...model, createdAt: now, updatedAt: now, aliases: new Map(), versions: new Map(), lastNumber: 0 });
    },
    updateModel(name, change) {
      const model = models.get(name);
      return model === undefined ? undefined : put({ ...model, ...change, updatedAt: timestamp() });
    },
    deleteModel: (name) => models.delete(name),
    createVersion(name, version) {
      const model = models.get(name);
      if (model === undefined) return undefined;
      const now = timestamp();
      const times = { createdAt: now, updatedAt: now, approvalStatusSince: now, incarnation: ulid() };
      const number = model.lastNumber + 1;
      const created = { ...version, number, ...times };
      put({ ...model, lastNumber: number, updatedAt: now, versions: new Map(model.versions).set(number, created) });
      return created;
    },
    updateVersion(name, number, change) {
      const model = models.get(name);
      const version = model?.versions.get(number);
      if (model === undefined || version === undefined) return undefined;
      const updated = { ...version, updatedAt: timestamp(), ...change, number };
      put({ ...model, versions: new Map(model.versions).set(number, updated) });
      return updated;
    },
    deleteVersion(name, number) {
      const model = models.get(name);
      if (!model?.versions.has(number)) return false;
      const versions = new Map(model.versions);
      versions.delete(number);
      // An alias never outlives what it names.
      put({ ...model, versions, aliases: new Map([...model.aliases].filter(([, held]) => held !== number)) });
      return true;
    },
    setAlias(name, alias, number) {
      const model = models.get(name);
      if (!model?.versions.has(number)) return undefined;
      return put({ ...model, aliases: new Map(model.aliases).set(alias, number) });
    },
    deleteAlias(name, alias) {
      const model = models.get(name);
      if (!model?.aliases.has(alias)) return undefined;
      return put({ ...model, aliases: new Map([...model.aliases].filter(([held]) => held !== alias)) });
    },
  };
}

function timestamp(): Timestamp {
  return new Date().toISOString();
}
