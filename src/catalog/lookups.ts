import type { EvidencePart, ModelRecord, ModelVersionRecord } from '../domain/model.js';
import { type ModelRef, modelId, modelOf, refFromNamePart, type VersionRef, versionId } from '../domain/refs.js';
import type { Catalog } from './catalog.js';
import type { RegistryEntry } from './entry.js';
import type { Wanted } from './freshness.js';
import type { LiveReads } from './live-reads.js';
import type { Planner, View } from './planner.js';
import { requireRegistry } from './selection.js';
import type { ModelGroup } from './snapshot/entries.js';
import type { RegistrySnapshot } from './snapshot/registry-snapshot.js';
import { createStandIn } from './stand-in.js';
import type { Visibility } from './visibility.js';

export interface LookupServices {
  readonly view: View;
  readonly visibility: Visibility;
  readonly planner: Planner;
  readonly live: LiveReads;
}

type Lookups = Pick<
  Catalog,
  | 'model'
  | 'version'
  | 'modelByName'
  | 'versionByName'
  | 'versionByNativeId'
  | 'latestVersion'
  | 'latestApprovedVersion'
  | 'aliasNames'
  | 'evidence'
  | 'latestApproved'
  | 'latestInStage'
>;

/** Single things, from the snapshot or from the registries themselves. */
export function createLookups({ view, visibility, planner, live }: LookupServices): Lookups {
  const { loaders } = live;

  /**
   * @param known What the snapshot says; undefined: it does not know the thing.
   * @param ask The registry itself.
   */
  const lookUp = async <T>(
    of: ModelRef,
    wanted: Wanted,
    known: (registry: RegistrySnapshot) => T | null | undefined,
    ask: () => Promise<T | null>,
  ): Promise<T | null> => {
    if (visibility.registry(of.registryId) === undefined || !visibility.sees(of)) return null;
    const plan = await planner.lookup(view, of, wanted);
    if (plan.snapshot !== null) {
      const found = known(plan.snapshot.registry);
      if (found !== undefined) return came(found, 'SNAPSHOT');
      if (plan.isFinal) return null;
    }
    const standIn = createStandIn(planner, plan.mayBeOlder);
    const found = await standIn.instead(of.registryId, ask, known);
    return standIn.used.size === 0 ? found : came(found, 'STALE_ON_ERROR');
  };

  const came = <T>(found: T | null, source: 'SNAPSHOT' | 'STALE_ON_ERROR'): T | null => {
    if (isRecord(found)) planner.came(found, source);
    return found;
  };

  const isLive = (record: ModelRecord | ModelVersionRecord) => planner.freshnessOf(record).source === 'LIVE';
  /** What an older record says of other things is not believed where those are asked for anew. */
  const askable = (record: ModelRecord) => (isLive(record) ? record : withoutLatest(record));

  const model = (ref: ModelRef, wanted: Wanted = {}): Promise<ModelRecord | null> =>
    lookUp(
      ref,
      wanted,
      (registry) => registry.group(modelId(ref))?.model?.record,
      () => loaders.models.load(ref),
    );

  const version = (ref: VersionRef, wanted: Wanted = {}): Promise<ModelVersionRecord | null> =>
    lookUp(
      modelOf(ref),
      wanted,
      (registry) => registry.version(versionId(ref))?.record,
      () => loaders.versions.load(ref),
    );

  /** Of a model that the snapshot knows: that it has no such version is an answer too. */
  const ofModel = (
    ref: ModelRef,
    wanted: Wanted,
    pick: (group: ModelGroup) => { readonly record: ModelVersionRecord } | null,
    ask: () => Promise<ModelVersionRecord | null>,
  ): Promise<ModelVersionRecord | null> =>
    lookUp(
      ref,
      wanted,
      (registry) => {
        const group = registry.group(modelId(ref));
        return group?.model ? (pick(group)?.record ?? null) : undefined;
      },
      ask,
    );

  const find = async (entry: RegistryEntry, nativeId: string, wanted: Wanted): Promise<ModelVersionRecord | null> => {
    const { mayBeOlder } = await planner.lookup(view, { registryId: entry.id }, wanted);
    const standIn = createStandIn(planner, mayBeOlder);
    const found = await standIn.instead(
      entry.id,
      () => live.find(entry, nativeId),
      (registry) => seenIn(registry, nativeId, visibility),
    );
    return standIn.used.size === 0 ? found : came(found, 'STALE_ON_ERROR');
  };

  return {
    model,
    version,

    async modelByName(registryId, name, wanted) {
      requireRegistry(visibility.registries, registryId);
      return model(refFromNamePart(registryId, name), wanted);
    },

    async versionByName(registryId, name, number, wanted) {
      requireRegistry(visibility.registries, registryId);
      return version({ ...refFromNamePart(registryId, name), version: number }, wanted);
    },

    async versionByNativeId(nativeId, registryId, wanted = {}) {
      const entries =
        registryId === undefined ? visibility.registries : [requireRegistry(visibility.registries, registryId)];
      // One that has it in the snapshot spares asking all the others.
      for (const { id } of entries) {
        const { snapshot } = await planner.lookup(view, { registryId: id }, wanted);
        const known = snapshot === null ? undefined : seenIn(snapshot.registry, nativeId, visibility);
        if (known !== undefined) return came(known, 'SNAPSHOT');
      }
      return firstFound(entries.map((entry) => find(entry, nativeId, wanted)));
    },

    latestVersion: (record) =>
      ofModel(
        record.ref,
        { like: record },
        (group) => group.latest(),
        () => live.latestVersion(askable(record)),
      ),

    latestApprovedVersion: (record) =>
      ofModel(
        record.ref,
        { like: record },
        (group) => group.latestApproved(),
        () => live.latestApprovedVersion(askable(record)),
      ),

    aliasNames: (record) =>
      lookUp<readonly string[]>(
        modelOf(record.ref),
        { like: record },
        (registry) => registry.group(modelId(modelOf(record.ref)))?.aliasNamesOf(record),
        () => live.aliasNames(isLive(record) ? record : withoutAliasNames(record)),
      ),

    evidence: ({ registryId, name, ownerAccount, version: number }, parts: readonly EvidencePart[]) =>
      loaders.evidence.load({
        registryId,
        name,
        version: number,
        parts,
        ...(ownerAccount === undefined ? {} : { ownerAccount }),
      }),

    latestApproved: (ref) =>
      ofModel(
        ref,
        {},
        (group) => group.latestApproved(),
        async () => {
          const record = await loaders.models.load(ref);
          return record === null ? null : live.latestApprovedVersion(record);
        },
      ),

    latestInStage: (ref, stage) =>
      ofModel(
        ref,
        {},
        (group) => group.latestInStage(stage),
        () => live.latestInStage(ref, stage),
      ),
  };
}

function seenIn(registry: RegistrySnapshot, nativeId: string, visibility: Visibility): ModelVersionRecord | undefined {
  const record = registry.versionByNativeId(nativeId)?.record;
  return record !== undefined && visibility.sees(record.ref) ? record : undefined;
}

function withoutLatest({ latestVersion: _, latestVersionNames: __, ...record }: ModelRecord): ModelRecord {
  return record;
}

function withoutAliasNames({ aliasNames: _, ...record }: ModelVersionRecord): ModelVersionRecord {
  return record;
}

function isRecord(found: unknown): found is ModelRecord | ModelVersionRecord {
  return typeof found === 'object' && found !== null && 'ref' in found;
}

/** A thing found in one registry is the answer even where another could not be asked; only without one does the failure matter. */
async function firstFound<R>(asked: readonly Promise<R | null>[]): Promise<R | null> {
  const answers = await Promise.allSettled(asked);
  let failure: unknown;
  for (const answer of answers) {
    if (answer.status === 'rejected') failure = answer.reason;
    else if (answer.value !== null) return answer.value;
  }
  if (failure !== undefined) throw failure;
  return null;
}
