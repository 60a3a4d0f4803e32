import type { DecisionBody } from '../../domain/ledger.js';
import type { PolicyCheck, PolicyEvaluation } from '../../domain/policy.js';
import type { Policy } from './policy.js';

const PREFIX = 'out of band: ';
const FOUND = 'it was set in the registry itself, and by whom is not known';

/**
 * What a policy says of an approval that was made in the registry itself: nobody whom the policy asks for has made it. A version that the rules approve
 * by themselves needs nobody.
 * @param evaluation What it says of the version.
 */
export function withoutDecider(policy: Policy | null, evaluation: PolicyEvaluation): PolicyEvaluation {
  if (policy === null || evaluation.verdict === 'AUTO_APPROVE') return evaluation;
  const missing = missingDeciders(policy, evaluation);
  if (missing.length === 0) return evaluation;
  const verdict = evaluation.verdict === 'AUTO_REJECT' ? 'AUTO_REJECT' : 'DENY';
  return { ...evaluation, verdict, checks: [...evaluation.checks, ...missing] };
}

/** Whether an entry is an approval that the policy would not have allowed. By the entry alone: a policy may be another by now. */
export function isViolation({ channel, to, evaluation }: DecisionBody): boolean {
  if (channel !== 'OUT_OF_BAND' && channel !== 'IMPORTED') return false;
  return to === 'APPROVED' && (evaluation?.verdict === 'DENY' || evaluation?.verdict === 'AUTO_REJECT');
}

/** Whether a violation is one whatever could not be read: that a store is down is no reason to undo anything. */
export function isCertain({ verdict, checks }: PolicyEvaluation): boolean {
  return (
    verdict === 'AUTO_REJECT' ||
    checks.some(({ name, passed }) => !passed && name.startsWith(PREFIX)) ||
    checks.every(({ problem }) => problem === null)
  );
}

function missingDeciders({ config }: Policy, { requiredApprovals, approvalsSoFar }: PolicyEvaluation): PolicyCheck[] {
  const missing: PolicyCheck[] = [];
  if (config.deciders !== undefined) {
    missing.push(failed('deciders', 'one of the deciders of the policy approves it', FOUND));
  }
  if (requiredApprovals > 1) {
    missing.push(
      failed('required approvals', `${requiredApprovals} approvals`, `${approvalsSoFar} of them, and ${FOUND}`),
    );
  }
  if (config.separationOfDuties) {
    missing.push(failed('separation of duties', 'somebody else approves it than who registered it', FOUND));
  }
  return missing;
}

function failed(name: string, expected: string, actual: string): PolicyCheck {
  return { name: `${PREFIX}${name}`, passed: false, expected, actual, problem: null };
}
