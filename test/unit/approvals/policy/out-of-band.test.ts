import { describe, expect, it } from 'vitest';
import {
  compilePolicies,
  isCertain,
  isViolation,
  type PolicyConfig,
  type PolicyFacts,
  withoutDecider,
} from '../../../../src/approvals/policy/index.js';
import type { DecisionBody } from '../../../../src/domain/ledger.js';
import type { PolicyEvaluation } from '../../../../src/domain/policy.js';
import { decision, subject } from '../../../conformance/governance-entries.js';
import { judge, policyConfig, rule, unreadable } from './support.js';

const FREE = { separationOfDuties: false } as const;
const fails = (onFail: 'deny' | 'review' | 'reject') => rule('metrics.auc > 0.99', { onFail });

/** What stands in the ledger of an approval in the registry itself. */
function found(config: Partial<PolicyConfig> | null, given: Partial<PolicyFacts> = {}): PolicyEvaluation {
  const [policy = null] = config === null ? [] : compilePolicies([policyConfig(config)]);
  return withoutDecider(policy, judge(config ?? FREE, given));
}

function entry(evaluation: PolicyEvaluation | null, body: Partial<DecisionBody> = {}): DecisionBody {
  return decision(subject(), 1, { channel: 'OUT_OF_BAND', state: 'WRITTEN', evaluation, ...body }).body;
}

describe('an approval in the registry itself', () => {
  it.each<[string, Partial<PolicyConfig>]>([
    ['has deciders', { ...FREE, deciders: { groups: ['ml-governance'] } }],
    ['asks for several approvals', { ...FREE, requiredApprovals: 2 }],
    ['separates duties', { separationOfDuties: true }],
    ['has a rule that denies it', { ...FREE, rules: [fails('deny')] }],
    ['has a rule that rejects it', { ...FREE, rules: [fails('reject')] }],
    ['asks for evidence that is missing', { ...FREE, requiredEvidence: ['modelCard'] }],
  ])('violates a policy that %s', (_, config) => {
    const evaluation = found(config);
    expect(isViolation(entry(evaluation))).toBe(true);
    expect(isCertain(evaluation)).toBe(true);
    expect(evaluation.checks.some(({ passed }) => !passed)).toBe(true);
  });

  it.each<[string, Partial<PolicyConfig> | null]>([
    ['no policy at all', null],
    ['one that asks for nothing', FREE],
    ['one that asks for a person to look', { ...FREE, rules: [fails('review')] }],
    ['one that would have approved it by itself', { rules: [rule('metrics.auc > 0.5')], onPass: 'approve' }],
  ])('violates not %s', (_, config) => {
    expect(isViolation(entry(found(config)))).toBe(false);
  });

  it('says which of those whom the policy asks for is missing', () => {
    const { checks, verdict } = found({ deciders: { groups: ['x'] }, requiredApprovals: 2 });
    expect(verdict).toBe('DENY');
    expect(checks.map(({ name, expected }) => [name, expected])).toEqual([
      ['out of band: deciders', 'one of the deciders of the policy approves it'],
      ['out of band: required approvals', '2 approvals'],
      ['out of band: separation of duties', 'somebody else approves it than who registered it'],
    ]);
  });

  it('is rejected by a rule all the same', () => {
    expect(found({ rules: [fails('reject')] }).verdict).toBe('AUTO_REJECT');
  });

  it('is a violation that is not certain where a store is down, unless nobody who may has decided either', () => {
    const down = found({ ...FREE, rules: [fails('deny')] }, { evidence: unreadable });
    expect([isViolation(entry(down)), isCertain(down)]).toEqual([true, false]);
    expect(isCertain(found({ rules: [fails('deny')] }, { evidence: unreadable }))).toBe(true);
  });
});

describe('no violation', () => {
  const denied = found({});
  it.each<[string, DecisionBody]>([
    ['a rejection', entry(denied, { to: 'REJECTED' })],
    ['a reset', entry(denied, { to: 'PENDING' })],
    ['what was there before anybody looked', entry(null, { channel: 'IMPORTED' })],
    ['what was decided here', entry(denied, { channel: 'GATEWAY' })],
    ['what a policy has decided', entry(denied, { channel: 'POLICY' })],
  ])('is %s', (_, body) => {
    expect(isViolation(body)).toBe(false);
  });

  it('but a version that was first seen approved is one', () => {
    expect(isViolation(entry(denied, { channel: 'IMPORTED' }))).toBe(true);
  });
});
