import type { Caller } from '../../domain/access.js';
import { matchesTags, versionMatcher } from '../../domain/filters.js';
import type { VersionListFilter, VersionListOrder } from '../../domain/lists.js';
import { APPROVAL_STATUSES, type ModelVersionRecord } from '../../domain/model.js';
import { type ModelRef, modelId } from '../../domain/refs.js';
import { listFingerprint } from '../list-cursor.js';
import { boundTo, judgedHere, type ListRules, recordFilter } from '../list-rules.js';
import { matchesNothing } from '../sources.js';
import type { Visibility } from '../visibility.js';
import type { ModelGroup, VersionEntry } from './entries.js';
import { type Ordering, type VersionPlace, versionOrdering } from './orderings.js';
import type { RegistrySnapshot } from './registry-snapshot.js';
import { oncePerGroup, seenGroups } from './seen-groups.js';
import type { Served } from './served.js';
import type { SnapshotList } from './snapshot-list.js';

export interface SnapshotVersionQuery {
  readonly field: string;
  readonly registryIds: readonly string[];
  /** Absent: of all models. */
  readonly models: readonly ModelRef[] | undefined;
  readonly filter: VersionListFilter;
  readonly order: VersionListOrder;
}

export interface VersionListScope {
  readonly visibility: Visibility;
  readonly rules: ListRules;
  readonly caller: Caller;
}

/** Versions of the given registries or models, as far as they are visible. */
export function snapshotVersions(
  served: Served,
  query: SnapshotVersionQuery,
  scope: VersionListScope,
  changesCursor: () => string | null,
): SnapshotList<VersionEntry, ModelVersionRecord, VersionPlace> {
  const { field, registryIds, models, filter, order } = query;
  const of = models?.map(modelId) ?? registryIds;
  const visible = scope.visibility.fingerprint;
  const by = boundTo(filter, scope.caller);
  const ordering = versionOrdering(order);
  const isSeen = seenGroups(scope.visibility, registryIds);
  return {
    fingerprint: listFingerprint({ field, of, filter, order, visible, by, mode: 'snapshot' }),
    ordering,
    walk: () => ({
      streams: matchesNothing(filter)
        ? []
        : served.complete.flatMap(({ registry }) => streamsOf(registry, query, ordering)),
      compare: ordering.compare,
      keep: keepVersions(query, scope, isSeen),
    }),
    recordOf: ({ record }) => record,
    missing: served.missing,
    isThere: served.complete.length > 0 || served.missing.length === 0,
    asOf: served.asOf,
    changesCursor,
  };
}

/** Where in a registry the versions of a list are to be found: all that match are among them. */
function streamsOf(
  registry: RegistrySnapshot,
  { filter, models }: SnapshotVersionQuery,
  ordering: Ordering<VersionEntry, VersionPlace>,
): readonly (readonly VersionEntry[])[] {
  const few = candidates(registry, filter, models);
  if (few !== null) return [[...new Set(few)].sort(ordering.compare)];
  const statuses = filter.approvalStatuses ?? APPROVAL_STATUSES;
  return [...new Set(statuses)].map((status) => registry.versionsBy(status, ordering));
}

/** Where the filter itself names what it wants, so that not everything is to be looked at; null where it does not. */
function candidates(
  registry: RegistrySnapshot,
  { nativeIds, aliases }: VersionListFilter,
  models: readonly ModelRef[] | undefined,
): readonly VersionEntry[] | null {
  if (models !== undefined) {
    const own = models.filter(({ registryId }) => registryId === registry.registryId);
    return own.flatMap((model) => registry.group(modelId(model))?.versions ?? []);
  }
  if (nativeIds !== undefined) return nativeIds.flatMap((nativeId) => registry.versionByNativeId(nativeId) ?? []);
  if (aliases === undefined) return null;
  return [...registry.groups].flatMap((group) =>
    (group.model?.record.aliases ?? [])
      .filter(({ name }) => aliases.includes(name))
      .flatMap(({ version }) => group.version(version) ?? []),
  );
}

/** Null: all of them. */
function keepVersions(
  { filter, models }: SnapshotVersionQuery,
  { rules, caller }: VersionListScope,
  isSeen: ((group: ModelGroup) => boolean) | null,
): ((entry: VersionEntry) => boolean) | null {
  // Statuses are streams of their own, but for those of single models.
  const { approvalStatuses, ...rest } = filter;
  const restricts = Object.values(rest).some((value) => value !== undefined);
  if (isSeen === null && !restricts && (models === undefined || approvalStatuses === undefined)) return null;

  const { modelTags, aliases, inProduction } = filter;
  const matches = versionMatcher(recordFilter(filter));
  const judge = judgedHere(filter, caller, rules);
  const hasTags = oncePerGroup(({ model }) => model !== null && matchesTags(modelTags, model.record.tags));
  const productionOf = oncePerGroup((group) => group.production(rules.productionRule(group.ref)));
  const isHeldBy = ({ group, record }: VersionEntry, names: readonly string[]) =>
    group.aliasNamesOf(record)?.some((name) => names.includes(name)) ?? false;
  return (entry) =>
    (isSeen === null || isSeen(entry.group)) &&
    matches(entry.record) &&
    (modelTags === undefined || hasTags(entry.group)) &&
    (aliases === undefined || isHeldBy(entry, aliases)) &&
    (judge === null || judge(entry.record)) &&
    (inProduction === undefined || (productionOf(entry.group) === entry) === inProduction);
}
