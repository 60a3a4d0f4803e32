import type { Timestamp } from '../domain/model.js';
import type { RegistryEntry } from './entry.js';
import type { FreshnessArgs } from './freshness.js';
import type { Planner } from './planner.js';
import { countsOf, type RegistryCounts, sumCounts } from './snapshot/counts.js';
import { seenGroups } from './snapshot/seen-groups.js';
import type { Visibility } from './visibility.js';

/** How much there is over all registries that the caller sees. */
export interface RegistrySummary {
  readonly registries: readonly RegistryEntry[];
  /** Over those that were read as a whole; null where none was. */
  readonly totals: RegistryCounts | null;
  /** False where `totals` leaves a registry out. */
  readonly totalsAreExact: boolean;
  readonly changesCursor: () => string | null;
}

export interface Summaries {
  completeThrough(registryId: string): Timestamp | null;
  counts(registryId: string): RegistryCounts | null;
  summary(freshness: FreshnessArgs): Promise<RegistrySummary>;
}

/** Counts of what is visible, as the snapshot has it. */
export function createSummaries(visibility: Visibility, planner: Planner): Summaries {
  const { registries } = visibility;
  const counts = (registryId: string): RegistryCounts | null => {
    const snapshot = planner.snapshotOf(registryId);
    if (snapshot === null || visibility.registry(registryId) === undefined) return null;
    return countsOf(snapshot, seenGroups(visibility, [registryId]));
  };

  return {
    counts,
    completeThrough: (registryId) =>
      visibility.registry(registryId) === undefined
        ? null
        : (planner.snapshotOf(registryId)?.state.completeThrough ?? null),

    async summary(freshness) {
      const changesCursor = planner.changesCursor();
      await planner.requireSnapshot(
        registries.map(({ id }) => id),
        freshness,
      );
      const known = registries.flatMap(({ id }) => counts(id) ?? []);
      return {
        registries,
        totals: sumCounts(known),
        totalsAreExact: known.length === registries.length,
        changesCursor,
      };
    },
  };
}
