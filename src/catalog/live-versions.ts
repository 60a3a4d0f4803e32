import { type VersionFilter, versionMatcher } from '../domain/filters.js';
import { compareUtf8, type ModelVersionRecord } from '../domain/model.js';
import { type Page, type Position, type VersionAnchor, type VersionOrder, versionAnchor } from '../domain/page.js';
import { type ModelRef, modelId } from '../domain/refs.js';
import type { ListVersionsQuery } from '../domain/registry.js';
import type { RegistryEntry } from './entry.js';
import { listFingerprint } from './list-cursor.js';
import type { LiveList } from './live-list.js';
import type { MergeSource } from './merge.js';
import { matchesNothing, type Place, reversed, sortedPage, uncounted, unsupportedFilters } from './sources.js';
import { type Narrowed, narrow, type Visibility } from './visibility.js';

export interface VersionReads {
  list(entry: RegistryEntry, query: ListVersionsQuery): Promise<Page<ModelVersionRecord>>;
  find(entry: RegistryEntry, nativeIds: readonly string[]): Promise<readonly ModelVersionRecord[]>;
}

export interface VersionListQuery {
  readonly field: string;
  readonly filter: VersionFilter;
  /** What more must hold, which no registry knows; null: nothing. `name` tells it from others in cursors. */
  readonly judged: { readonly name: unknown; readonly holds: (version: ModelVersionRecord) => boolean } | null;
  readonly order: VersionOrder;
  /** Absent: of all models. */
  readonly models: readonly ModelRef[] | undefined;
  readonly backward: boolean;
}

/** Versions of the given registries or models, merged by the order asked for. */
export function liveVersions(
  entries: readonly RegistryEntry[],
  query: VersionListQuery,
  reads: VersionReads,
  visibility: Visibility,
): LiveList<ModelVersionRecord, VersionAnchor> {
  const { filter, models, judged } = query;
  const { order } = query;
  const walk: VersionOrder = query.backward ? { ...order, direction: reversed(order.direction) } : order;
  const of = models?.map(modelId) ?? entries.map((entry) => entry.id);
  const visible = visibility.fingerprint;
  const parts = partsOf(entries, models, filter, visibility).map((part) =>
    // What a registry counts is more than what passes here.
    judged === null ? part : { ...part, narrowed: { ...part.narrowed, hidesAll: false } },
  );
  const matches = versionMatcher(filter);
  const by = judged?.name ?? null;
  return {
    fingerprint: listFingerprint({ field: query.field, of, filter, order, visible, by, mode: 'live' }),
    sources: matchesNothing(filter) ? [] : parts.map((part) => versionSource(part, filter, walk, reads)),
    compare: compareVersions(order),
    keep: (version) => visibility.sees(version.ref) && matches(version) && (judged === null || judged.holds(version)),
    anchorOf: versionAnchor,
    isFilteredUpstream: parts.every(
      ({ entry, narrowed }) =>
        narrowed.hidesAll && unsupportedFilters(narrowed.filter, entry.adapter.query.versionFilters).length === 0,
    ),
  };
}

/** One stream of the list. */
interface Part {
  readonly entry: RegistryEntry;
  /** Absent: all of the registry. */
  readonly model?: ModelRef;
  readonly narrowed: Narrowed<VersionFilter>;
}

function partsOf(
  entries: readonly RegistryEntry[],
  models: readonly ModelRef[] | undefined,
  filter: VersionFilter,
  visibility: Visibility,
): readonly Part[] {
  if (models === undefined) {
    return entries.map((entry) => {
      const pushes = entry.adapter.query.versionFilters.modelName;
      return { entry, narrowed: narrow(filter, 'modelName', visibility.namesIn(entry.id), pushes) };
    });
  }
  return models.flatMap((model) => {
    const entry = entries.find((candidate) => candidate.id === model.registryId);
    if (entry === undefined || !visibility.sees(model)) return [];
    return [{ entry, model, narrowed: { filter, hidesAll: true } }];
  });
}

function versionSource(
  { entry, model, narrowed }: Part,
  filter: VersionFilter,
  order: VersionOrder,
  reads: VersionReads,
): MergeSource<ModelVersionRecord, VersionAnchor> {
  const { nativeIds } = filter;
  const source = { name: model === undefined ? entry.id : modelId(model), registryId: entry.id };
  if (nativeIds !== undefined && !entry.adapter.query.versionFilters.nativeIds) {
    // Asking for so many ids is cheaper than reading everything to find them.
    return {
      ...source,
      fetch: async (after, limit) => {
        const found = await reads.find(entry, [...new Set(nativeIds)]);
        const ofModel = found.filter(
          (version) => model === undefined || modelId({ ...version.ref }) === modelId(model),
        );
        return sortedPage(ofModel, compareVersions(order), placeOf(entry, after), limit);
      },
    };
  }
  const scope = model === undefined ? {} : { model };
  return {
    ...source,
    fetch: async (after, limit) => {
      const position = after === undefined ? {} : { after };
      const page = await reads.list(entry, { ...scope, order, filter: narrowed.filter, limit, ...position });
      return narrowed.hidesAll ? page : uncounted(page);
    },
  };
}

export type VersionPlace = Pick<ModelVersionRecord, 'ref' | 'number' | 'createdAt'>;

/** As `compareModels`: the descending order is the mirror of the ascending one. */
export function compareVersions(order: VersionOrder): (a: VersionPlace, b: VersionPlace) => number {
  const sign = order.direction === 'ASC' ? 1 : -1;
  const byKey = (a: VersionPlace, b: VersionPlace) =>
    order.field === 'NUMBER' ? a.number - b.number : compareUtf8(a.createdAt ?? '', b.createdAt ?? '');
  return (a, b) =>
    sign *
    (byKey(a, b) ||
      compareUtf8(a.ref.registryId, b.ref.registryId) ||
      compareUtf8(a.ref.name, b.ref.name) ||
      compareUtf8(a.ref.ownerAccount ?? '', b.ref.ownerAccount ?? '') ||
      a.number - b.number);
}

function placeOf(entry: RegistryEntry, after: Position<VersionAnchor> | undefined): Place<VersionPlace> | undefined {
  if (after === undefined) return undefined;
  const { createdAt, number, ...ref } = after.anchor;
  return { at: { ref: { registryId: entry.id, ...ref }, number, createdAt }, inclusive: after.inclusive === true };
}
