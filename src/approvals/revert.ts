import { RegistryError } from '../domain/errors.js';
import { type ApprovalState, approvalState, type DecisionEntry, subjectOf } from '../domain/ledger.js';
import { type DecisionService, decide } from './decide.js';
import type { FactReads } from './gather-facts.js';
import { revertRequest } from './history.js';
import { isCertain } from './policy/index.js';
import { isRefusal } from './problem.js';

/** REVERTED: it was set back. LEFT: it is not, and will not be. OPEN: that is not known yet, ask again. */
export type Reverting = 'REVERTED' | 'LEFT' | 'OPEN';

/**
 * Sets back an approval that a policy would not have allowed, where the policy says so: once, whoever asks and however often. Somebody who has decided
 * since has the last word, and so has a person who approves again within the hour.
 * @param violation Of the ledger.
 */
export async function revert(service: DecisionService, reads: FactReads, violation: DecisionEntry): Promise<Reverting> {
  const { body } = violation;
  const { evaluation } = body;
  const policy = service.policies.find(({ config }) => config.id === evaluation?.policy);
  if (policy?.config.outOfBand.revert !== true || evaluation === null || !isCertain(evaluation)) return 'LEFT';
  const before = await stateOfRevert(service, violation);
  if (before !== null) return outcomeOf(before);
  const policyId = policy.config.id;
  const to = body.from === 'REJECTED' ? 'REJECTED' : 'PENDING';
  const comment = `Set back to ${to}: it was approved in the registry itself, which the policy ${policyId} does not allow.`;
  // Final is what would be no other if it were tried again: an outage passes.
  let isFinal = false;
  try {
    const input = { version: subjectOf(body).version, to, expectedStatus: 'APPROVED', comment } as const;
    await decide(
      service,
      reads,
      { channel: 'POLICY', policyId, reverts: violation },
      { ...input, requestId: revertRequest(violation) },
    );
  } catch (failure) {
    if (!(failure instanceof RegistryError)) throw failure;
    isFinal = isRefusal(failure) && !failure.retryable;
  }
  const state = await stateOfRevert(service, violation);
  if (state !== null) return outcomeOf(state);
  return isFinal ? 'LEFT' : 'OPEN';
}

function outcomeOf(state: ApprovalState): Reverting {
  if (state === 'WRITTEN') return 'REVERTED';
  return state === 'INTENDED' ? 'OPEN' : 'LEFT';
}

/** Null: there is none. */
async function stateOfRevert({ ledger }: DecisionService, violation: DecisionEntry): Promise<ApprovalState | null> {
  const { version, incarnation } = subjectOf(violation.body);
  const { records } = (await ledger.read(version)).of(incarnation);
  const requestId = revertRequest(violation);
  const own = records.findLast(({ decision }) => decision.body.requestId === requestId);
  return own === undefined ? null : approvalState(own);
}
