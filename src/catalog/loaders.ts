import DataLoader from 'dataloader';
import { RegistryError } from '../domain/errors.js';
import type { ApprovalStatus, EvidencePart, EvidenceRecord, ModelRecord, ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelId, type VersionRef, versionId } from '../domain/refs.js';
import type { CallOptions, Lookup, RegistryAdapter } from '../domain/registry.js';
import type { RegistryEntry } from './entry.js';
import type { RequestScope } from './request-scope.js';
import type { Visibility } from './visibility.js';

/**
 * The only way to single records. One set per operation: within it, nothing is asked twice and everything asked at once goes together. What the
 * caller does not see is null, and not asked for where its name is known.
 */
export interface Loaders {
  readonly models: DataLoader<ModelRef, ModelRecord | null, string>;
  readonly versions: DataLoader<VersionRef, ModelVersionRecord | null, string>;
  /** Highest version number of the model. */
  readonly latest: DataLoader<ModelRef, ModelVersionRecord | null, string>;
  /** By ARN or URI in one registry. */
  readonly found: DataLoader<NativeRef, ModelVersionRecord | null, string>;
  /** Highest version number among those APPROVED. */
  readonly latestApproved: DataLoader<ModelRef, ModelVersionRecord | null, string>;
  /** What is asked for at once is read at once, with all parts that anybody asks for. */
  readonly evidence: DataLoader<EvidenceRef, EvidenceRecord | null, string>;
}

/** Parts of what speaks for or against one version. */
export interface EvidenceRef extends VersionRef {
  readonly parts: readonly EvidencePart[];
}

/** What a registry itself calls a version. */
export interface NativeRef {
  readonly registryId: string;
  readonly nativeId: string;
}

export function createLoaders(visibility: Visibility, scope: RequestScope): Loaders {
  const latest = (status: ApprovalStatus | undefined) =>
    createLoader(modelId, visibility, scope, (adapter, refs: readonly ModelRef[], options) =>
      adapter.getLatestVersions(refs, status === undefined ? options : { ...options, approvalStatus: status }),
    );
  return {
    models: createLoader(modelId, visibility, scope, (adapter, refs: readonly ModelRef[], options) =>
      adapter.getModels(refs, options),
    ),
    versions: createLoader(versionId, visibility, scope, (adapter, refs: readonly VersionRef[], options) =>
      adapter.getVersions(refs, options),
    ),
    found: createLoader(
      ({ registryId, nativeId }) => `${registryId}/${nativeId}`,
      visibility,
      scope,
      (adapter, refs: readonly NativeRef[], options) =>
        Promise.all(refs.map(({ nativeId }) => adapter.findVersion(nativeId, options))),
    ),
    latest: latest(undefined),
    latestApproved: latest('APPROVED'),
    evidence: createLoader(
      ({ parts, ...ref }: EvidenceRef) => `${versionId(ref)} ${parts.toSorted().join()}`,
      visibility,
      scope,
      readEvidence,
    ),
  };
}

async function readEvidence(
  adapter: RegistryAdapter,
  asked: readonly EvidenceRef[],
  options: CallOptions,
): Promise<readonly Lookup<EvidenceRecord>[]> {
  const parts = [...new Set(asked.flatMap((each) => each.parts))];
  const byVersion = new Map(asked.map(({ parts: _, ...ref }) => [versionId(ref), ref]));
  const found = await adapter.getEvidence([...byVersion.values()], { ...options, parts });
  const answers = new Map([...byVersion.keys()].map((id, index) => [id, found[index] ?? null]));
  return asked.map(({ parts: _, ...ref }) => answers.get(versionId(ref)) ?? null);
}

type BatchCall<Ref, R> = (
  adapter: RegistryAdapter,
  refs: readonly Ref[],
  options: CallOptions,
) => Promise<readonly Lookup<R>[]>;

function createLoader<Ref extends ModelRef | NativeRef, R extends { readonly ref: ModelRef } | EvidenceRecord>(
  keyOf: (ref: Ref) => string,
  visibility: Visibility,
  scope: RequestScope,
  call: BatchCall<Ref, R>,
): DataLoader<Ref, R | null, string> {
  // By what came as well: some registries find a model under more spellings than the one that it has.
  const sift = (answer: Lookup<R> | undefined): R | null | Error => {
    if (answer instanceof RegistryError) scope.note(answer);
    else if (answer && 'ref' in answer && !visibility.sees(answer.ref)) return null;
    return answer ?? null;
  };

  const loadFrom = async (entry: RegistryEntry, refs: readonly Ref[]): Promise<readonly (R | null | Error)[]> => {
    try {
      const answers = await scope.read(entry, 'lookup', (adapter, options) => call(adapter, refs, options));
      return answers.map(sift);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return refs.map(() => error);
    }
  };

  return new DataLoader<Ref, R | null, string>(
    async (refs) => {
      const answers = new Map<Ref, R | null | Error>();
      const visible = refs.filter((ref) => !('name' in ref) || visibility.sees(ref));
      await Promise.all(
        [...Map.groupBy(visible, (ref) => ref.registryId)].map(async ([registryId, group]) => {
          const entry = visibility.registry(registryId);
          const found = entry === undefined ? [] : await loadFrom(entry, group);
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
