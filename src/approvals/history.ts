import { type ApprovalRecord, approvalState } from '../domain/ledger.js';
import type { ApprovalStatus, ModelVersionRecord } from '../domain/model.js';

// What the entries of one chain say together. All of it is pure: a chain in, an answer out.

/** The latest decision that the registry is known to have taken; null where none is known. */
export function latestWritten(records: readonly ApprovalRecord[]): ApprovalRecord | null {
  return records.findLast((record) => approvalState(record) === 'WRITTEN') ?? null;
}

/** The status that the ledger believes the registry to have; null where nothing was decided yet. */
export function knownStatus(records: readonly ApprovalRecord[]): ApprovalStatus | null {
  return latestWritten(records)?.decision.body.to ?? null;
}

/** Whether a request, which may be sent more than once, has decided this. One that failed has decided nothing: it may be tried again. */
export function isOfRequest(record: ApprovalRecord, requestId: string | null): boolean {
  return requestId !== null && record.decision.body.requestId === requestId && approvalState(record) !== 'FAILED';
}

/** The latest decision that may still be on its way into the registry. */
export function pendingIntent(records: readonly ApprovalRecord[]): ApprovalRecord | null {
  const head = records.at(-1);
  return head !== undefined && approvalState(head) === 'INTENDED' ? head : null;
}

/**
 * The votes for `to` that still count: those since the last decision that was no vote, each voter once, and only those that were given to the very
 * artifacts that are there now.
 */
export function openVotes(
  records: readonly ApprovalRecord[],
  to: ApprovalStatus,
  fingerprint: string,
): readonly ApprovalRecord[] {
  const lastDecided = records.findLastIndex((record) => approvalState(record) !== 'VOTED');
  return records
    .slice(lastDecided + 1)
    .filter(({ decision: { body } }) => body.to === to && body.fingerprint === fingerprint);
}

/** The decision in the registry's mark, where the chain knows it and the mark tells of the status that is there. */
export function markedDecision(
  records: readonly ApprovalRecord[],
  version: Pick<ModelVersionRecord, 'approvalStatus' | 'decision'>,
): ApprovalRecord | null {
  const { decision: mark, approvalStatus } = version;
  if (mark === null || mark.status !== approvalStatus) return null;
  return records.find(({ decision }) => markId(decision) === mark.id) ?? null;
}

/** What the registry is told of a decision, and by which it is found again. */
export function markId({ hash, body }: ApprovalRecord['decision']): string {
  return `${body.sequence}.${hash}`;
}

const REVERT = 'revert ';
const REVERT_EVERY_MS = 3_600_000;

/** The request by which a policy sets back what it would not have allowed. */
export function revertRequest({ hash }: ApprovalRecord['decision']): string {
  return `${REVERT}${hash}`;
}

/** Whether a policy has set the version back, or tried to, less than an hour ago: it must not fight a person. */
export function wasReverted(records: readonly ApprovalRecord[], now: number): boolean {
  return records.some(
    ({ decision: { body } }) =>
      body.channel === 'POLICY' &&
      body.requestId?.startsWith(REVERT) === true &&
      Date.parse(body.recordedAt) > now - REVERT_EVERY_MS,
  );
}

/** Whether something else is there now than what was approved; null where no approval is known. */
export function changedSinceApproval(
  records: readonly ApprovalRecord[],
  version: Pick<ModelVersionRecord, 'approvalStatus'>,
  fingerprint: string,
): boolean | null {
  if (version.approvalStatus !== 'APPROVED') return null;
  const approval = latestWritten(records);
  if (approval?.decision.body.to !== 'APPROVED') return null;
  return approval.decision.body.fingerprint !== fingerprint;
}
