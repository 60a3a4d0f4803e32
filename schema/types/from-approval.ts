import type { ApprovalPage } from '../../src/context.js';
import type { PolicyEvaluation, StoredProblem } from '../../src/domain/policy.js';
import type { ProblemType } from './common.type.js';

/** What is stored of a fault, as the API shows it: what was, is not to be tried again. */
export function fromStoredProblem(problem: StoredProblem | null): ProblemType | null {
  return problem === null ? null : { ...problem, retryable: false, retryAfterMs: undefined };
}

export function fromEvaluation(evaluation: PolicyEvaluation) {
  return {
    ...evaluation,
    checks: evaluation.checks.map((check) => ({ ...check, problem: fromStoredProblem(check.problem) })),
  };
}

/** The shape that `ModelApprovalConnection` resolves. */
export function fromApprovals({ edges, hasNextPage, hasPreviousPage, startCursor, endCursor }: ApprovalPage) {
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor },
    totalCount: null,
    totalCountIsExact: false,
  };
}
