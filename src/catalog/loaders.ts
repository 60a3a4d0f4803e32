import DataLoader from 'dataloader';
import { RegistryError } from '../domain/errors.js';
import type { ApprovalStatus, ModelRecord, ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelId, type VersionRef, versionId } from '../domain/refs.js';
import type { CallOptions, Lookup, RegistryAdapter } from '../domain/registry.js';
import type { RegistryEntry } from './entry.js';
import type { RequestScope } from './request-scope.js';

/** The only way to single records. One set per operation: within it, nothing is asked twice and everything asked at once goes together. */
export interface Loaders {
  readonly models: DataLoader<ModelRef, ModelRecord | null, string>;
  readonly versions: DataLoader<VersionRef, ModelVersionRecord | null, string>;
  /** Highest version number of the model. */
  readonly latest: DataLoader<ModelRef, ModelVersionRecord | null, string>;
  /** By ARN or URI in one registry. */
  readonly found: DataLoader<NativeRef, ModelVersionRecord | null, string>;
  /** Highest version number among those APPROVED. */
  readonly latestApproved: DataLoader<ModelRef, ModelVersionRecord | null, string>;
}

/** What a registry itself calls a version. */
export interface NativeRef {
  readonly registryId: string;
  readonly nativeId: string;
}

export function createLoaders(registries: ReadonlyMap<string, RegistryEntry>, scope: RequestScope): Loaders {
  const latest = (status: ApprovalStatus | undefined) =>
    createLoader(modelId, registries, scope, (adapter, refs: readonly ModelRef[], options) =>
      adapter.getLatestVersions(refs, status === undefined ? options : { ...options, approvalStatus: status }),
    );
  return {
    models: createLoader(modelId, registries, scope, (adapter, refs: readonly ModelRef[], options) =>
      adapter.getModels(refs, options),
    ),
    versions: createLoader(versionId, registries, scope, (adapter, refs: readonly VersionRef[], options) =>
      adapter.getVersions(refs, options),
    ),
    found: createLoader(
      ({ registryId, nativeId }) => `${registryId}/${nativeId}`,
      registries,
      scope,
      (adapter, refs: readonly NativeRef[], options) =>
        Promise.all(refs.map(({ nativeId }) => adapter.findVersion(nativeId, options))),
    ),
    latest: latest(undefined),
    latestApproved: latest('APPROVED'),
  };
}

type BatchCall<Ref, R> = (
  adapter: RegistryAdapter,
  refs: readonly Ref[],
  options: CallOptions,
) => Promise<readonly Lookup<R>[]>;

function createLoader<Ref extends { readonly registryId: string }, R>(
  keyOf: (ref: Ref) => string,
  registries: ReadonlyMap<string, RegistryEntry>,
  scope: RequestScope,
  call: BatchCall<Ref, R>,
): DataLoader<Ref, R | null, string> {
  const loadFrom = async (entry: RegistryEntry, refs: readonly Ref[]): Promise<readonly (R | null | Error)[]> => {
    try {
      const answers = await scope.read(entry, 'lookup', (adapter, options) => call(adapter, refs, options));
      for (const answer of answers) if (answer instanceof RegistryError) scope.note(answer);
      return answers;
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return refs.map(() => error);
    }
  };

  return new DataLoader<Ref, R | null, string>(
    async (refs) => {
      const answers = new Map<Ref, R | null | Error>();
      await Promise.all(
        [...Map.groupBy(refs, (ref) => ref.registryId)].map(async ([registryId, group]) => {
          const entry = registries.get(registryId);
          const found = entry === undefined ? group.map(() => null) : await loadFrom(entry, group);
          group.forEach((ref, index) => {
            answers.set(ref, found[index] ?? null);
          });
        }),
      );
      return refs.map((ref) => answers.get(ref) ?? null);
    },
    { cacheKeyFn: keyOf, name: 'registry-lookups' },
  );
}
