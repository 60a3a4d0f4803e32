import { type ModelFilter, matchesModel, matchesVersion, type VersionFilter } from '../../src/domain/filters.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import { modelAnchor, type Page, versionAnchor } from '../../src/domain/page.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { refuseAborted } from '../shared/aborted.js';
import { declarations, MEMORY_LIMITS, type Without } from './declarations.js';
import { toEvidenceRecord } from './evidence.js';
import { parseNativeId, toModelRecord, toVersionRecord, versionNumber } from './map.js';
import { compareModels, compareVersions, pageOf } from './order.js';
import type { MemoryStore, StoredModel, StoredVersion } from './store.js';
import { createWrites } from './writes.js';

export interface MemoryAdapterConfig {
  readonly id: string;
  /** Key of the model tag that names the owner. */
  readonly ownerTag: string;
  readonly store: MemoryStore;
  readonly without?: Without;
}

/** The contract without an upstream in the way: what it says is meant to be read here. */
export function createMemoryAdapter({ id, ownerTag, store, without }: MemoryAdapterConfig): RegistryAdapter {
  const { capabilities, query } = declarations(without);

  const modelRecord = (model: StoredModel) => toModelRecord(id, ownerTag, model);
  const versionRecords = (model: StoredModel) =>
    [...model.versions.values()].map((version) => toVersionRecord(id, model, version));

  const findModel = (ref: ModelRef): StoredModel | undefined =>
    ref.ownerAccount === undefined ? store.model(ref.name) : undefined;

  const storedVersion = (model: StoredModel | undefined, number: number | null): StoredVersion | undefined =>
    number === null ? undefined : model?.versions.get(number);

  const findVersion = (model: StoredModel | undefined, number: number | null): ModelVersionRecord | null => {
    const version = storedVersion(model, number);
    return model === undefined || version === undefined ? null : toVersionRecord(id, model, version);
  };

  const start = (operation: string, options: CallOptions) =>
    refuseAborted(options.signal, { registryId: id, operation });

  return {
    id,
    kind: 'MEMORY',
    location: { account: null, region: null, location: null },
    capabilities,
    query,
    polling: { versionsByModification: false, modelsByModification: false, everyMs: 1000, indexLagMs: 0 },
    limits: MEMORY_LIMITS,
    ...createWrites({ declared: { id, capabilities, limits: MEMORY_LIMITS }, ownerTag, store }),

    async listModels({ order, filter = {}, after, limit }, options) {
      start('listModels', options);
      const exact = only(filter, query.modelFilters);
      const items = [...store.models()].map(modelRecord).filter((model) => matchesModel(exact, model));
      const { direction } = order;
      const page = pageOf({ items, anchorOf: modelAnchor, compare: compareModels, direction, after, limit });
      return counted(page, items, query.countsModels && isWhole(exact, filter));
    },

    async listVersions({ model, order, filter = {}, after, limit }, options) {
      start('listVersions', options);
      const exact = only(filter, query.versionFilters);
      const models =
        model === undefined ? [...store.models()] : [findModel(model)].filter((found) => found !== undefined);
      const items = models.flatMap(versionRecords).filter((version) => matchesVersion(exact, version));
      const { direction, field } = order;
      const compare = compareVersions(field);
      const page = pageOf({ items, anchorOf: versionAnchor, compare, direction, after, limit });
      return counted(page, items, query.countsVersions && isWhole(exact, filter));
    },

    async walkModels(_query, options) {
      start('walkModels', options);
      return { items: [...store.models()].map(modelRecord), next: null };
    },

    async walkVersions(_query, options) {
      start('walkVersions', options);
      return { items: [...store.models()].flatMap(versionRecords), next: null };
    },

    async getModels(refs, options) {
      start('getModels', options);
      return refs.map((ref) => {
        const model = findModel(ref);
        return model === undefined ? null : modelRecord(model);
      });
    },

    async getVersions(refs: readonly VersionRef[], options) {
      start('getVersions', options);
      return refs.map((ref) => findVersion(findModel(ref), versionNumber(ref.version)));
    },

    async getLatestVersions(models, options) {
      start('getLatestVersions', options);
      return models.map((ref) => {
        const model = findModel(ref);
        const numbers = [...(model?.versions.values() ?? [])]
          .filter(
            (version) => options.approvalStatus === undefined || version.approvalStatus === options.approvalStatus,
          )
          .map((version) => version.number);
        return numbers.length === 0 ? null : findVersion(model, Math.max(...numbers));
      });
    },

    async findVersion(nativeId, options) {
      start('findVersion', options);
      const named = parseNativeId(id, nativeId);
      return named === null ? null : findVersion(store.model(named.name), named.number);
    },

    async getEvidence(refs, options) {
      start('getEvidence', options);
      return refs.map((ref) => {
        const version = storedVersion(findModel(ref), versionNumber(ref.version));
        return version === undefined ? null : toEvidenceRecord(version.evidence, options.parts, capabilities);
      });
    },

    async getServing(refs, options) {
      start('getServing', options);
      return refs.map((ref) => {
        const version = storedVersion(findModel(ref), versionNumber(ref.version));
        return store.serving.get(version?.incarnation ?? '') ?? [];
      });
    },

    async check() {
      return [{ name: 'reach', ok: true, message: `In memory, with ${[...store.models()].length} models.` }];
    },

    async [Symbol.asyncDispose]() {},
  };
}

/** The part of a filter that is applied; the rest is left to the caller. */
function only<F extends ModelFilter | VersionFilter>(filter: F, exact: Readonly<Record<keyof F, boolean>>): F {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => exact[key as keyof F])) as F;
}

function isWhole(applied: object, asked: object): boolean {
  return Object.keys(applied).length === Object.keys(asked).length;
}

function counted<R>(page: Page<R>, matching: readonly R[], isExact: boolean): Page<R> {
  return isExact ? { ...page, total: { value: matching.length, exact: true } } : page;
}
