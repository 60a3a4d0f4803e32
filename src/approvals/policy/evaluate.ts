import type { PolicyCheck, PolicyEvaluation, PolicyVerdict, StoredProblem } from '../../domain/policy.js';
import { missingWords, seen } from './describe.js';
import { checkEvidence } from './evidence.js';
import type { CompiledExpression } from './expressions.js';
import { type ReadFacts, readFacts } from './fact-values.js';
import type { PolicyFacts } from './facts.js';
import type { CompiledRule, Policy, PolicyRule } from './policy.js';

export interface Votes {
  /** Those that count by now. */
  readonly approvalsSoFar: number;
}

interface Judged {
  readonly check: PolicyCheck;
  readonly onFail: PolicyRule['onFail'];
}

/**
 * What the policy says of a version: the same for the same facts at the same `facts.now`. Never throws. Whatever could not be read neither
 * passes nor rejects.
 * @param policy Null: none applies.
 */
export function evaluate(policy: Policy | null, facts: PolicyFacts, { approvalsSoFar }: Votes): PolicyEvaluation {
  const judged = policy === null ? [] : judge(policy, readFacts(facts));
  return {
    verdict: policy === null ? 'ALLOW' : verdictOf(policy, judged),
    policy: policy?.config.id ?? null,
    requiredApprovals: policy?.config.requiredApprovals ?? 1,
    approvalsSoFar,
    checks: judged.map(({ check }) => check),
    evaluatedAt: facts.now,
  };
}

function judge({ config, rules }: Policy, facts: ReadFacts): readonly Judged[] {
  return [
    ...config.requiredEvidence.map((evidence) => ({ check: checkEvidence(evidence, facts), onFail: 'deny' as const })),
    ...rules.flatMap((rule) => {
      const check = checkRule(rule, facts);
      return check === null ? [] : [{ check, onFail: rule.rule.onFail }];
    }),
  ];
}

function verdictOf({ config }: Policy, judged: readonly Judged[]): PolicyVerdict {
  const failed = judged.filter(({ check }) => !check.passed);
  if (failed.some(({ check, onFail }) => onFail === 'reject' && check.problem === null)) return 'AUTO_REJECT';
  if (failed.some(({ onFail }) => onFail !== 'review')) return 'DENY';
  if (failed.length > 0) return 'REVIEW';
  // Where no rule was asked, nothing speaks for the version either.
  return config.onPass === 'approve' && judged.length > 0 ? 'AUTO_APPROVE' : 'ALLOW';
}

/** Null: the rule does not apply. */
function checkRule({ rule, when, check }: CompiledRule, facts: ReadFacts): PolicyCheck | null {
  const expected = rule.description ?? rule.check;
  const unreadable = (problem: StoredProblem): PolicyCheck => ({
    name: rule.name,
    passed: false,
    expected,
    actual: null,
    problem,
  });
  if (when !== null) {
    const applies = ask(when, facts);
    if ('problem' in applies) return unreadable(applies.problem);
    if ('missing' in applies) return unreadable(undecided(when, facts));
    if (!applies.holds) return null;
  }
  const outcome = ask(check, facts);
  if ('problem' in outcome) return { ...unreadable(outcome.problem), actual: readable(check, facts) };
  const passed = 'holds' in outcome && outcome.holds;
  return { name: rule.name, passed, expected, actual: seen(check, facts), problem: null };
}

function ask(expression: CompiledExpression, { values, problems }: ReadFacts) {
  for (const part of expression.parts) {
    const problem = problems.get(part);
    if (problem !== undefined) return { problem };
  }
  return expression.run(values);
}

/** What is there of it, where the fault is in the calculation and not in the reading. */
function readable(expression: CompiledExpression, facts: ReadFacts): string | null {
  return [...expression.parts].some((part) => facts.problems.has(part)) ? null : seen(expression, facts);
}

/** Whether such a rule applies is not known, so it is neither passed nor failed for good. */
function undecided(when: CompiledExpression, facts: ReadFacts): StoredProblem {
  const what = missingWords(when, facts);
  return {
    code: 'NOT_FOUND',
    message: `Whether the rule applies cannot be told: ${what}. Its \`when\` can ask with has().`,
  };
}
