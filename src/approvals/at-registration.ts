import { ConflictError, RegistryError } from '../domain/errors.js';
import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { type DecisionOutcome, type DecisionService, decide } from './decide.js';
import type { FactReads } from './gather-facts.js';
import { judge } from './judge.js';

export interface RegistrationOutcome {
  readonly evaluation: PolicyEvaluation;
  /** What the policies decided; null where they leave it to people. */
  readonly decided: DecisionOutcome | null;
  /** Why what they decided could not be carried out. */
  readonly problem: RegistryError | null;
}

/**
 * Lets the policies judge a version that has just been registered. Repeating it is harmless: a version is decided upon by a policy only while
 * nothing has been decided about it.
 */
export async function judgeRegistration(
  service: DecisionService,
  reads: FactReads,
  version: ModelVersionRecord,
): Promise<RegistrationOutcome> {
  const evaluation = await judge(service, reads, version, 0);
  const to = ({ AUTO_APPROVE: 'APPROVED', AUTO_REJECT: 'REJECTED' } as const)[evaluation.verdict as string] ?? null;
  const { policy } = evaluation;
  if (to === null || policy === null) return { evaluation, decided: null, problem: null };
  try {
    const decided = await decide(
      service,
      reads,
      { channel: 'POLICY', policyId: policy },
      {
        version: version.ref,
        to,
        expectedStatus: 'PENDING',
        comment: null,
        requestId: `registration ${policy}`,
      },
    );
    return { evaluation, decided, problem: decided.problem };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    // Somebody was faster, which is as good as leaving it to people; unlike a version that is not ready yet, which nobody comes back to.
    const isLeftToPeople = error instanceof ConflictError && !error.retryable;
    return { evaluation, decided: null, problem: isLeftToPeople ? null : error };
  }
}
