import type { ApprovalRecordedChange, ChangeBase, PolicyViolatedChange } from '../domain/changes.js';
import { type ApprovalRecord, approvalIdOf, type DecisionEntry, subjectOf } from '../domain/ledger.js';
import { modelOf } from '../domain/refs.js';
import { changeId } from '../journal/change-id.js';

// What is told of an entry: the same by whomever and whenever it is told.

/** A vote or a decision has entered the ledger. */
export function decisionRecorded(decision: DecisionEntry): ApprovalRecordedChange {
  const { state, decidedAt, recordedAt } = decision.body;
  return { ...approvalRecorded(decision, state), occurredAt: decidedAt, observedAt: recordedAt };
}

/** Its write has failed; null where it has not. That it was written is told by the status itself. */
export function failureRecorded({ decision, settlement }: ApprovalRecord): ApprovalRecordedChange | null {
  if (settlement?.body.outcome !== 'FAILED') return null;
  const { recordedAt } = settlement.body;
  return { ...approvalRecorded(decision, 'FAILED'), occurredAt: recordedAt, observedAt: recordedAt };
}

export function policyViolated(decision: DecisionEntry, reverted: boolean): PolicyViolatedChange {
  const { state, decidedAt, recordedAt } = decision.body;
  return {
    ...about(decision),
    id: idOf('POLICY_VIOLATED', decision, state),
    type: 'POLICY_VIOLATED',
    occurredAt: decidedAt,
    observedAt: recordedAt,
    approvalId: approvalIdOf(decision),
    reverted,
  };
}

function approvalRecorded(decision: DecisionEntry, state: string) {
  return {
    ...about(decision),
    id: idOf('APPROVAL_RECORDED', decision, state),
    type: 'APPROVAL_RECORDED',
    approvalId: approvalIdOf(decision),
  } as const;
}

function about({ body }: DecisionEntry): Omit<ChangeBase, 'id' | 'occurredAt' | 'observedAt'> {
  const { version, incarnation } = subjectOf(body);
  return {
    registryId: version.registryId,
    model: modelOf(version),
    version: version.version,
    incarnation,
    evidence: ['SELF'],
    actor: body.actor,
  };
}

function idOf(type: 'APPROVAL_RECORDED' | 'POLICY_VIOLATED', decision: DecisionEntry, state: string): string {
  return changeId({ type, entity: approvalIdOf(decision), incarnation: decision.body.incarnation, rev: 0, state });
}
