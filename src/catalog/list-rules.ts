import { type Caller, may } from '../domain/access.js';
import type { VersionFilter } from '../domain/filters.js';
import type { ModelListFilter, ModelListOrder, VersionListFilter, VersionListOrder } from '../domain/lists.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { ProductionRule } from '../domain/policy.js';
import { type ModelRef, modelOf } from '../domain/refs.js';

/** What the policies say of lists. */
export interface ListRules {
  /** Whether the caller may decide anything about it, judged by the record alone: what a policy's checks would say is not asked. */
  mayDecide(caller: Caller, version: ModelVersionRecord): boolean;
  productionRule(model: ModelRef): ProductionRule;
}

/** As without a policy. */
export const DEFAULT_RULES: ListRules = {
  mayDecide: (caller, version) => may(caller, 'DECIDE', modelOf(version.ref)),
  productionRule: () => ({ by: 'LATEST_APPROVED' }),
};

/** Whether only the gateway's own picture of the registries can answer it. */
export function needsSnapshotForModels(filter: ModelListFilter, order: ModelListOrder | undefined): boolean {
  const { hasVersionWithStatuses, hasProductionVersion } = filter;
  const isLiveOrder = order === undefined || order.field === 'NAME';
  return hasVersionWithStatuses !== undefined || hasProductionVersion !== undefined || !isLiveOrder;
}

/** As `needsSnapshotForModels`. */
export function needsSnapshotForVersions(filter: VersionListFilter, order: VersionListOrder | undefined): boolean {
  const { modelTags, aliases, inProduction } = filter;
  const isLiveOrder = order === undefined || order.field === 'NUMBER' || order.field === 'CREATED_AT';
  return modelTags !== undefined || aliases !== undefined || inProduction !== undefined || !isLiveOrder;
}

/** What of a filter an adapter can be asked, and a record alone tells. */
export function recordFilter({
  modelTags: _modelTags,
  aliases: _aliases,
  inProduction: _inProduction,
  approvalStatusSinceBefore: _approvalStatusSinceBefore,
  viewerCanDecide: _viewerCanDecide,
  ...filter
}: VersionListFilter): VersionFilter {
  return filter;
}

/** What of a filter the gateway itself judges by a version's own record; null where there is nothing of it. */
export function judgedHere(
  { approvalStatusSinceBefore, viewerCanDecide }: VersionListFilter,
  caller: Caller,
  rules: ListRules,
): ((version: ModelVersionRecord) => boolean) | null {
  if (approvalStatusSinceBefore === undefined && viewerCanDecide === undefined) return null;
  return (version) =>
    isBefore(version.approvalStatusSince, approvalStatusSinceBefore) &&
    (viewerCanDecide === undefined || rules.mayDecide(caller, version) === viewerCanDecide);
}

/** A list that depends on who asks is bound to them; others are the same for all who see the same. */
export function boundTo({ viewerCanDecide }: VersionListFilter, { actor, groups }: Caller): unknown {
  return viewerCanDecide === undefined ? null : [actor.nativeId, groups.toSorted()];
}

function isBefore(at: string | null, before: string | undefined): boolean {
  return before === undefined || (at !== null && at < before);
}
