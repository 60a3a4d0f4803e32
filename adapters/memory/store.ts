import type { ModelRecord, ModelVersionRecord, Tag, Timestamp } from '../../src/domain/model.js';

/** A version as the store holds it: all that is not derived from where it stands. */
export type StoredVersion = Readonly<
  Omit<ModelVersionRecord, 'ref' | 'nativeId' | 'aliasNames' | 'consoleUrl' | 'createdAt'> & { createdAt: Timestamp }
>;

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
export type NewStoredVersion = Omit<StoredVersion, 'number' | 'createdAt' | 'updatedAt' | 'approvalStatusSince'>;

/**
 * What the registry holds, apart from how it is asked. Handed to the adapter, so that a test or a demonstration can write behind its back as
 * other people do. Values are immutable: a write puts a new one in place. A write to what is not there is `undefined`.
 */
export interface MemoryStore {
  models(): Iterable<StoredModel>;
  model(name: string): StoredModel | undefined;
  createModel(model: NewStoredModel): StoredModel | undefined;
  createVersion(model: string, version: NewStoredVersion): StoredVersion | undefined;
  updateVersion(model: string, number: number, change: Partial<StoredVersion>): StoredVersion | undefined;
  setAlias(model: string, alias: string, number: number): StoredModel | undefined;
  deleteVersion(model: string, number: number): boolean;
  deleteModel(model: string): boolean;
  /** What a request id made, by operation, so that repeating the request finds it. */
  readonly requests: Map<string, string>;
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
    models: () => models.values(),
    model: (name) => models.get(name),
    createModel(model) {
      if (models.has(model.name)) return undefined;
      const now = timestamp();
      return put({ ...model, createdAt: now, updatedAt: now, aliases: new Map(), versions: new Map(), lastNumber: 0 });
    },
    createVersion(name, version) {
      const model = models.get(name);
      if (model === undefined) return undefined;
      const now = timestamp();
      const number = model.lastNumber + 1;
      const created = { ...version, number, createdAt: now, updatedAt: now, approvalStatusSince: now };
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
    setAlias(name, alias, number) {
      const model = models.get(name);
      if (!model?.versions.has(number)) return undefined;
      return put({ ...model, aliases: new Map(model.aliases).set(alias, number) });
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
    deleteModel: (name) => models.delete(name),
  };
}

function timestamp(): Timestamp {
  return new Date().toISOString();
}
