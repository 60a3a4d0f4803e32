import { APPROVAL_STATUSES, type ApprovalStatus, type Timestamp } from '../../domain/model.js';
import type { ModelGroup } from './entries.js';
import type { CompleteSnapshot } from './snapshots.js';

/** How much there is, as far as it is visible. */
export interface RegistryCounts {
  readonly models: number;
  readonly versions: number;
  /** Each status once, those without versions too. */
  readonly byApprovalStatus: readonly { readonly approvalStatus: ApprovalStatus; readonly count: number }[];
  /** How far the oldest of what was counted is complete. */
  readonly asOf: Timestamp;
}

/** @param isSeen Null: all of it. */
export function countsOf(
  { registry, state }: CompleteSnapshot,
  isSeen: ((group: ModelGroup) => boolean) | null,
): RegistryCounts {
  if (isSeen === null) {
    return toCounts(registry.modelCount, (status) => registry.versionCount(status), state.completeThrough);
  }
  let models = 0;
  const byStatus = { PENDING: 0, APPROVED: 0, REJECTED: 0 };
  for (const group of registry.groups) {
    if (!isSeen(group)) continue;
    if (group.model !== null) models += 1;
    for (const { record } of group.versions) byStatus[record.approvalStatus] += 1;
  }
  return toCounts(models, (status) => byStatus[status], state.completeThrough);
}

/** Null where there is nothing to add up. */
export function sumCounts(counts: readonly RegistryCounts[]): RegistryCounts | null {
  const [first, ...others] = counts;
  if (first === undefined) return null;
  return others.reduce(
    (total, each) =>
      toCounts(
        total.models + each.models,
        (status) => countIn(total, status) + countIn(each, status),
        each.asOf < total.asOf ? each.asOf : total.asOf,
      ),
    first,
  );
}

function toCounts(models: number, versionsIn: (status: ApprovalStatus) => number, asOf: Timestamp): RegistryCounts {
  const byApprovalStatus = APPROVAL_STATUSES.map((approvalStatus) => ({
    approvalStatus,
    count: versionsIn(approvalStatus),
  }));
  return { models, versions: byApprovalStatus.reduce((sum, { count }) => sum + count, 0), byApprovalStatus, asOf };
}

function countIn({ byApprovalStatus }: RegistryCounts, status: ApprovalStatus): number {
  return byApprovalStatus.find(({ approvalStatus }) => approvalStatus === status)?.count ?? 0;
}
