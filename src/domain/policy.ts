import type { ErrorCode } from './errors.js';
import type { Timestamp } from './model.js';

/**
 * ALLOW: may be decided. DENY: must not be approved. REVIEW: a rule asks a person to look; approving stays possible. AUTO_APPROVE and AUTO_REJECT:
 * decided by the rules at registration.
 */
export const POLICY_VERDICTS = ['ALLOW', 'DENY', 'AUTO_APPROVE', 'AUTO_REJECT', 'REVIEW'] as const;
export type PolicyVerdict = (typeof POLICY_VERDICTS)[number];

/** What the policies say of one version. JSON-safe: it is stored with the decision. */
export interface PolicyEvaluation {
  readonly verdict: PolicyVerdict;
  /** Id of the policy that applies; null where none does. */
  readonly policy: string | null;
  /** Votes that an approval takes, at least 1. */
  readonly requiredApprovals: number;
  readonly approvalsSoFar: number;
  readonly checks: readonly PolicyCheck[];
  readonly evaluatedAt: Timestamp;
}

export interface PolicyCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What the rule asks for, as a person reads it, e.g. `metrics['auc'] >= 0.9`. */
  readonly expected: string;
  readonly actual: string | null;
  /** Why it could not be told. A check with a problem has not passed. */
  readonly problem: StoredProblem | null;
}

/** A fault as it is kept: in our own words. */
export interface StoredProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Which version of a model counts as its production. */
export type ProductionRule =
  | { readonly by: 'ALIAS'; readonly name: string }
  | { readonly by: 'STAGE'; readonly name: string }
  | { readonly by: 'LATEST_APPROVED' };
