import { modelMatcher } from '../../domain/filters.js';
import type { ModelListFilter, ModelListOrder } from '../../domain/lists.js';
import type { ModelRecord } from '../../domain/model.js';
import { listFingerprint } from '../list-cursor.js';
import type { ListRules } from '../list-rules.js';
import { matchesNothing } from '../sources.js';
import type { Visibility } from '../visibility.js';
import type { ModelEntry, ModelGroup } from './entries.js';
import { type ModelPlace, modelOrdering } from './orderings.js';
import { seenGroups } from './seen-groups.js';
import type { Served } from './served.js';
import type { SnapshotList } from './snapshot-list.js';
import type { Walk } from './walk.js';

export interface SnapshotModelQuery {
  readonly field: string;
  readonly registryIds: readonly string[];
  readonly filter: ModelListFilter;
  readonly order: ModelListOrder;
}

/** Models of the given registries, as far as they are visible. */
export function snapshotModels(
  served: Served,
  query: SnapshotModelQuery,
  visibility: Visibility,
  rules: ListRules,
  changesCursor: () => string | null,
): SnapshotList<ModelEntry, ModelRecord, ModelPlace> {
  const { field, registryIds: registries, filter, order } = query;
  const visible = visibility.fingerprint;
  const ordering = modelOrdering(order);
  const isSeen = seenGroups(visibility, registries);
  return {
    fingerprint: listFingerprint({ field, registries, filter, order, visible, mode: 'snapshot' }),
    ordering,
    walk: (): Walk<ModelEntry> => ({
      streams: matchesNothing(filter) ? [] : served.complete.map(({ registry }) => registry.modelsBy(ordering)),
      compare: ordering.compare,
      keep: keepModels(filter, rules, isSeen),
    }),
    recordOf: ({ record }) => record,
    missing: served.missing,
    isThere: served.complete.length > 0 || served.missing.length === 0,
    asOf: served.asOf,
    changesCursor,
  };
}

/** Null: all of them. */
function keepModels(
  filter: ModelListFilter,
  rules: ListRules,
  isSeen: ((group: ModelGroup) => boolean) | null,
): ((entry: ModelEntry) => boolean) | null {
  const { hasVersionWithStatuses: statuses, hasProductionVersion, ...own } = filter;
  const restricts = Object.values(filter).some((value) => value !== undefined);
  if (!restricts) return isSeen === null ? null : ({ group }) => isSeen(group);
  const matches = modelMatcher(own);
  return ({ record, group }) =>
    (isSeen === null || isSeen(group)) &&
    matches(record) &&
    (statuses === undefined || group.versions.some((version) => statuses.includes(version.record.approvalStatus))) &&
    (hasProductionVersion === undefined ||
      (group.production(rules.productionRule(group.ref)) !== null) === hasProductionVersion);
}
