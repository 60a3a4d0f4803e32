import { type Caller, may, seesRegistry } from './access.js';
import type { Change, ChangeType } from './changes.js';
import { matchesTags, matchesText, type TagFilter, type TextFilter } from './filters.js';
import { actorId } from './ledger.js';
import type { ApprovalStatus, Tag } from './model.js';
import { type ModelRef, modelId, versionId } from './refs.js';

/**
 * Which changes. Absent fields do not restrict; an empty list matches nothing; fields combine with AND, the values of one list with OR. `from`, `to`
 * and `outOfBandOnly` imply VERSION_STATUS.
 */
export interface ChangeFilter {
  readonly registryIds?: readonly string[];
  readonly registryLabels?: readonly TagFilter[];
  readonly modelIds?: readonly string[];
  readonly modelVersionIds?: readonly string[];
  readonly modelName?: TextFilter;
  /** By the tags that the model has now, see `matchesModelTags`. */
  readonly modelTags?: readonly TagFilter[];
  readonly types?: readonly ChangeType[];
  readonly from?: readonly ApprovalStatus[];
  readonly to?: readonly ApprovalStatus[];
  /** `actorId` of who did it. */
  readonly actorIds?: readonly string[];
  readonly outOfBandOnly?: boolean;
}

/** Everything but the model's tags. @param labelsOf Of a registry, from the config. */
export function matchesChange(
  filter: ChangeFilter,
  change: Change,
  labelsOf: (registryId: string) => readonly Tag[],
): boolean {
  const { registryId, model, version } = change;
  return (
    isOneOf(filter.types, change.type) &&
    isOneOf(filter.registryIds, registryId) &&
    (filter.registryLabels === undefined || matchesSome(filter.registryLabels, labelsOf(registryId))) &&
    (filter.modelIds === undefined || (model !== null && filter.modelIds.includes(modelId(model)))) &&
    (filter.modelVersionIds === undefined ||
      (model !== null && version !== null && filter.modelVersionIds.includes(versionId({ ...model, version })))) &&
    matchesText(filter.modelName, model?.name ?? null) &&
    isOneOf(filter.actorIds, actorId(change.actor)) &&
    matchesStatus(filter, change)
  );
}

/**
 * By the tags that the model has now: a change of what has no model, or of a model that is gone, does not match. Rejects as the lookup does.
 * @param tagsOf Null for a model that is not there.
 */
export async function matchesModelTags(
  { modelTags }: ChangeFilter,
  { model }: Change,
  tagsOf: (model: ModelRef) => Promise<readonly Tag[] | null>,
): Promise<boolean> {
  if (modelTags === undefined) return true;
  if (modelTags.length === 0 || model === null) return false;
  const tags = await tagsOf(model);
  return tags !== null && matchesTags(modelTags, tags);
}

/** Whether the caller may know of it: it sees the model, or the registry where it is about that itself. */
export function seesChange(caller: Caller, { model, registryId }: Change): boolean {
  return model === null ? seesRegistry(caller, registryId) : may(caller, 'VIEW', model);
}

function matchesStatus({ from, to, outOfBandOnly = false }: ChangeFilter, change: Change): boolean {
  if (from === undefined && to === undefined && !outOfBandOnly) return true;
  if (change.type !== 'VERSION_STATUS') return false;
  return (
    isOneOf(from, change.previousStatus) &&
    isOneOf(to, change.status) &&
    // Null is "not known yet": what was not decided here for certain is asked for.
    (!outOfBandOnly || change.outOfBand === true)
  );
}

function matchesSome(filters: readonly TagFilter[], tags: readonly Tag[]): boolean {
  return filters.length > 0 && matchesTags(filters, tags);
}

function isOneOf<T>(allowed: readonly T[] | undefined, value: T | null): boolean {
  return allowed === undefined || (value !== null && allowed.includes(value));
}
