import type { ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { type FactReads, gatherFacts } from './gather-facts.js';
import { evaluate, type Policy, type PolicyRegistry, selectPolicy, withoutDecider } from './policy/index.js';

export interface Judging {
  readonly policies: readonly Policy[];
  readonly policyRegistry: (registryId: string) => PolicyRegistry;
  readonly now: () => number;
}

/** What the policies say of the version. */
export async function judge(
  judging: Judging,
  reads: FactReads,
  version: ModelVersionRecord,
  approvalsSoFar: number | Promise<number>,
): Promise<PolicyEvaluation> {
  const registry = judging.policyRegistry(version.ref.registryId);
  const policy = selectPolicy(judging.policies, registry, version.ref);
  const now = new Date(judging.now()).toISOString();
  // At once: what many versions ask for is read together only while none of them waits for its own votes first.
  const [facts, votes] = await Promise.all([gatherFacts(reads, registry, policy, version, now), approvalsSoFar]);
  return evaluate(policy, facts, { approvalsSoFar: votes });
}

/** What the policies say of a version whose status nobody has set here. */
export type EvaluateFound = (version: ModelVersionRecord, approvalsSoFar: number) => Promise<PolicyEvaluation>;

/** @param reads The gateway's own: nobody asks. */
export function createFoundEvaluation(judging: Judging, reads: FactReads): EvaluateFound {
  return async (version, approvalsSoFar) => {
    const evaluation = await judge(judging, reads, version, approvalsSoFar);
    if (version.approvalStatus !== 'APPROVED') return evaluation;
    const registry = judging.policyRegistry(version.ref.registryId);
    return withoutDecider(selectPolicy(judging.policies, registry, version.ref), evaluation);
  };
}
