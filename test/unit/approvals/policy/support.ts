import type {
  EvidenceFacts,
  PolicyConfig,
  PolicyFacts,
  PolicyRule,
  ProductionFacts,
} from '../../../../src/approvals/policy/index.js';
import { compilePolicies, evaluate } from '../../../../src/approvals/policy/index.js';
import type { MetricRecord, ModelRecord, ModelVersionRecord, Tag } from '../../../../src/domain/model.js';
import type { PolicyEvaluation, StoredProblem } from '../../../../src/domain/policy.js';

export const NOW = '2026-11-20T08:00:00.000Z';

export const DOWN: StoredProblem = { code: 'UPSTREAM_UNAVAILABLE', message: 'The store does not answer. Try again.' };

export function policyConfig(given: Partial<PolicyConfig> = {}): PolicyConfig {
  return {
    id: 'p',
    separationOfDuties: true,
    requiredApprovals: 1,
    requiredEvidence: [],
    rules: [],
    onPass: 'review',
    outOfBand: { revert: false },
    ...given,
  };
}

export function rule(check: string, given: Partial<PolicyRule> = {}): PolicyRule {
  return { name: 'rule', check, onFail: 'deny', ...given };
}

export function judge(config: Partial<PolicyConfig>, given: Partial<PolicyFacts> = {}): PolicyEvaluation {
  const [policy] = compilePolicies([policyConfig(config)]);
  return evaluate(policy ?? null, facts(given), { approvalsSoFar: 0 });
}

export function facts(given: Partial<PolicyFacts> = {}): PolicyFacts {
  return {
    registry: { id: 'main', kind: 'MLFLOW', labels: [{ key: 'environment', value: 'prod' }] },
    model: { value: model() },
    version: version(),
    evidence: evidence(),
    production: { value: null },
    now: NOW,
    ...given,
  };
}

export function model(given: Partial<ModelRecord> = {}): ModelRecord {
  return {
    ref: { registryId: 'main', name: 'churn' },
    nativeId: 'models:/churn',
    description: null,
    owner: 'team-a',
    tags: [{ key: 'domain', value: 'sales' }],
    createdAt: null,
    createdBy: null,
    updatedAt: null,
    aliases: [{ name: 'champion', version: '3' }],
    consoleUrl: null,
    ...given,
  };
}

export function version(given: Partial<ModelVersionRecord> = {}): ModelVersionRecord {
  return {
    ref: { registryId: 'main', name: 'churn', version: '3' },
    number: 3,
    incarnation: '1',
    nativeId: 'models:/churn/3',
    description: 'third',
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: 'PENDING',
    approvalStatusExplicit: true,
    approvalStatusSince: null,
    approvalComment: null,
    decision: null,
    stage: null,
    aliasNames: [],
    tags: [{ key: 'tier', value: 'gold' }],
    metadata: [{ key: 'team', value: 'a' }],
    createdAt: '2026-11-10T08:00:00.000Z',
    createdBy: { name: 'ana@example.com', kind: 'USER', nativeId: null },
    updatedAt: null,
    artifacts: [
      {
        uri: 's3://models/churn',
        role: 'model',
        image: null,
        imageDigest: null,
        framework: 'sklearn',
        frameworkVersion: null,
        digest: null,
      },
    ],
    lineage: null,
    inference: null,
    consoleUrl: null,
    ...given,
  };
}

export function evidence(
  given: { metrics?: readonly MetricRecord[]; parameters?: readonly Tag[] } = {},
): EvidenceFacts {
  return {
    metrics: { value: given.metrics ?? [metric('auc', 0.87)] },
    parameters: { value: given.parameters ?? [] },
    reports: { value: [] },
    modelCard: { value: false },
  };
}

export function metric(name: string, value: number | null, given: Partial<MetricRecord> = {}): MetricRecord {
  return {
    name,
    value,
    text: null,
    unit: null,
    dataset: null,
    step: null,
    standardDeviation: null,
    goal: 'UNKNOWN',
    source: null,
    ...given,
  };
}

/** Another version of the same model, as production. */
export function rival(given: EvidenceFacts = evidence()): { readonly value: ProductionFacts } {
  const ref = { registryId: 'main', name: 'churn', version: '2' };
  return { value: { version: version({ ref, number: 2 }), evidence: given } };
}

export const unreadable: EvidenceFacts = {
  metrics: { problem: DOWN },
  parameters: { problem: DOWN },
  reports: { problem: DOWN },
  modelCard: { problem: DOWN },
};
