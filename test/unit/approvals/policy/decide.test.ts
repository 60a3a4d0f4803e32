import { describe, expect, it } from 'vitest';
import {
  compilePolicies,
  evaluate,
  evidenceFacts,
  factOf,
  mayDecide,
  neededFacts,
  type Policy,
  type PolicyConfig,
  productionRule,
  selectPolicy,
} from '../../../../src/approvals/policy/index.js';
import type { Caller } from '../../../../src/domain/access.js';
import { UnavailableError } from '../../../../src/domain/errors.js';
import type { Actor, EvidenceRecord } from '../../../../src/domain/model.js';
import { evidence, facts, metric, policyConfig, rule, version } from './support.js';

function policyOf(config: Partial<PolicyConfig>): Policy {
  const [policy] = compilePolicies([policyConfig(config)]);
  if (policy === undefined) throw new Error('There is no policy.');
  return policy;
}

describe('the policy that applies', () => {
  const registry = {
    id: 'main',
    kind: 'MLFLOW',
    labels: [
      { key: 'environment', value: 'prod' },
      { key: 'team', value: 'ml' },
    ],
  };
  const selected = (...configs: Partial<PolicyConfig>[]) =>
    selectPolicy(compilePolicies(configs.map(policyConfig)), registry, { name: 'pay-later' })?.config.id ?? null;

  it.each([
    [{}, 'p'],
    [{ registries: ['main', 'other'] }, 'p'],
    [{ registries: ['other'] }, null],
    [{ registryLabels: { environment: 'prod', team: 'ml' } }, 'p'],
    [{ registryLabels: { environment: 'prod', team: 'ops' } }, null],
    [{ models: ['x', 'PAY-*'] }, 'p'],
    [{ models: ['pay'] }, null],
    [{ registries: ['main'], models: ['x'] }, null],
  ] as const)('of %j is %s', (config, id) => {
    expect(selected(config)).toBe(id);
  });

  it('is the first that matches', () => {
    expect(selected({ id: 'a', models: ['x'] }, { id: 'b' }, { id: 'c', models: ['pay-*'] })).toBe('b');
  });

  it('names what production is', () => {
    expect(productionRule(null)).toEqual({ by: 'LATEST_APPROVED' });
    expect(productionRule(policyOf({ production: { stage: 'Production' } }))).toEqual({
      by: 'STAGE',
      name: 'Production',
    });
    expect(productionRule(policyOf({ production: { alias: 'champion' } }))).toEqual({ by: 'ALIAS', name: 'champion' });
  });
});

describe('what must be read', () => {
  const NOTHING = { model: false, evidence: [], production: false, productionEvidence: [] };
  const PRODUCTION = { ...NOTHING, production: true };

  it.each([
    ['true', NOTHING],
    ["version.stage == 'a' && model.name == 'b' && registry.id == 'c'", NOTHING],
    ["version['stage'] == 'a'", NOTHING],
    ["metrics['auc'] > 0.5", { ...NOTHING, evidence: ['METRICS'] }],
    ["metric('auc', 'test') > 0.5", { ...NOTHING, evidence: ['METRICS'] }],
    [
      "has(parameters.seed) && modelCard && 'BIAS' in reports",
      { ...NOTHING, evidence: ['PARAMETERS', 'REPORTS', 'MODEL_CARD'] },
    ],
    ["model.owner == 'a'", { ...NOTHING, model: true }],
    ["'a' in version.aliases", { ...NOTHING, model: true }],
    ["[version].exists(v, 'a' in v.aliases)", { ...NOTHING, model: true }],
    ['hasProduction', PRODUCTION],
    ['production.version.number > 1', PRODUCTION],
    ["'a' in production.version.aliases", { ...PRODUCTION, model: true }],
    ["production['metrics'].auc > 0.5", { ...PRODUCTION, productionEvidence: ['METRICS'] }],
    ["productionMetric('auc', 'test') > 0.5", { ...PRODUCTION, productionEvidence: ['METRICS'] }],
    [
      'reports.all(r, r in production.reports)',
      { ...PRODUCTION, evidence: ['REPORTS'], productionEvidence: ['REPORTS'] },
    ],
    ['[metrics].all(m, m.auc > 0.5)', { ...NOTHING, evidence: ['METRICS'] }],
    ["version.tags[parameters['key']] == 'x'", { ...NOTHING, evidence: ['PARAMETERS'] }],
    [
      '(modelCard ? metrics : production.metrics).auc > 0.5',
      { ...PRODUCTION, evidence: ['METRICS', 'MODEL_CARD'], productionEvidence: ['METRICS'] },
    ],
    [
      '[production].exists(p, p.metrics.auc > 0.5)',
      { ...PRODUCTION, model: true, productionEvidence: ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] },
    ],
  ])('for %s', (check, needed) => {
    expect(neededFacts(policyOf({ rules: [rule(check)] }))).toEqual(needed);
    expect(neededFacts(policyOf({ rules: [rule('true', { when: check })] }))).toEqual(needed);
  });

  it('includes the required evidence', () => {
    const requiredEvidence = [{ metric: 'a' }, { parameter: 'b' }, { report: 'BIAS' }, 'modelCard'] as const;
    expect(neededFacts(policyOf({ requiredEvidence })).evidence).toEqual([
      'METRICS',
      'PARAMETERS',
      'REPORTS',
      'MODEL_CARD',
    ]);
    expect(neededFacts(policyOf({ requiredEvidence: [{ tag: 'a' }, { metadata: 'b' }, 'lineage.commit'] }))).toEqual(
      NOTHING,
    );
  });

  it('is nothing without a policy', () => {
    expect(neededFacts(null)).toEqual(NOTHING);
  });
});

describe('evidence that was read', () => {
  const record: EvidenceRecord = {
    metrics: [metric('auc', 0.9)],
    parameters: [{ key: 'seed', value: '1' }],
    reports: [{ kind: 'BIAS', name: 'b', uri: 's3://b', contentType: null }],
    modelCard: { status: null, content: {} },
    problems: [],
  };
  const error = new UnavailableError('The store does not answer.');
  const problem = { code: 'UPSTREAM_UNAVAILABLE', message: 'The store does not answer.' };

  it('is a fact for the parts that were asked for', () => {
    expect(evidenceFacts(record, ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'])).toEqual({
      metrics: { value: record.metrics },
      parameters: { value: record.parameters },
      reports: { value: ['BIAS'] },
      modelCard: { value: true },
    });
    expect(evidenceFacts(record, ['METRICS'])).toMatchObject({
      metrics: { value: record.metrics },
      modelCard: { problem: { code: 'INTERNAL' } },
    });
  });

  it('is unreadable where something of it could not be read', () => {
    const problems = [{ part: 'METRICS', error }] as const;
    expect(evidenceFacts({ ...record, problems }, ['METRICS']).metrics).toEqual({ problem });
    expect(evidenceFacts(error, ['METRICS']).metrics).toEqual({ problem });
    expect(evidenceFacts(null, ['METRICS']).metrics).toMatchObject({ problem: { code: 'NOT_FOUND' } });
    expect(factOf(error)).toEqual({ problem });
    expect(factOf('x')).toEqual({ value: 'x' });
  });

  it('is unreadable in the parts that have a problem, and readable in the others', () => {
    const parts = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] as const;
    const problems = [
      { part: 'METRICS', error },
      { part: 'PARAMETERS', error },
    ] as const;
    expect(evidenceFacts({ ...record, problems }, parts)).toEqual({
      metrics: { problem },
      parameters: { problem },
      reports: { value: ['BIAS'] },
      modelCard: { value: true },
    });
  });
});

describe('production', () => {
  it('that is the version itself is nothing to compare with', () => {
    const policy = policyOf({ rules: [rule('hasProduction')] });
    const judged = (produced: ReturnType<typeof version>) =>
      evaluate(policy, facts({ production: { value: { version: produced, evidence: evidence() } } }), {
        approvalsSoFar: 0,
      });
    expect(judged(version()).verdict).toBe('DENY');
    expect(judged(version({ ref: { ...version().ref, version: '2' } })).verdict).toBe('ALLOW');
    expect(judged(version({ incarnation: '2' })).verdict).toBe('ALLOW');
  });
});

describe('who may decide', () => {
  const ana: Actor = { name: 'Ana', kind: 'USER', nativeId: 'https://issuer.example#ana' };
  const model = { registryId: 'main', name: 'churn' };
  const caller = (given: Partial<Caller> = {}): Caller => ({
    actor: { name: 'Ana', kind: 'USER', nativeId: 'https://issuer.example#ana' },
    groups: ['ml'],
    grants: [{ role: 'APPROVER', source: 'test' }],
    ...given,
  });
  const allowed = (
    config: Partial<PolicyConfig> | null,
    given: Partial<Caller> = {},
    by: { createdBy?: Actor } = {},
  ) => {
    const policy = config === null ? null : policyOf(config);
    const { approve, reject, reset, reason } = mayDecide(policy, caller(given), {
      model,
      createdBy: by.createdBy ?? null,
    });
    expect(reason === null).toBe(approve && reject && reset);
    return [approve, reject, reset];
  };
  const YES = [true, true, true];
  const NO = [false, false, false];
  const NOT_OWN = [false, true, true];

  it('is nobody without a grant', () => {
    for (const role of ['VIEWER', 'CONTRIBUTOR'] as const) {
      expect(allowed(null, { grants: [{ role, source: 'test' }] })).toEqual(NO);
    }
    expect(allowed(null, { grants: [{ role: 'APPROVER', modelName: 'other', source: 'test' }] })).toEqual(NO);
    expect(allowed(null, { grants: [{ role: 'ADMIN', source: 'test' }] })).toEqual(YES);
  });

  it.each([
    [{ groups: ['x', 'ml'] }, YES],
    [{ subjects: ['https://issuer.example#ana'] }, YES],
    [{ subjects: ['ana'] }, NO],
    [{ apiKeys: ['ana'] }, NO],
    [{ groups: ['governance'] }, NO],
    [{ groups: ['governance'], subjects: ['https://issuer.example#ana'] }, YES],
  ])('is among the deciders %j: %j', (deciders, expected) => {
    expect(allowed({ deciders })).toEqual(expected);
    expect(allowed({ deciders }, { grants: [{ role: 'ADMIN', source: 'test' }] })).toEqual(expected);
  });

  it('is a key by its id', () => {
    const actor = { name: 'CI', kind: 'SERVICE' as const, nativeId: 'api-key:ci' };
    expect(allowed({ deciders: { apiKeys: ['ci'] } }, { actor })).toEqual(YES);
    expect(allowed({ deciders: { apiKeys: ['c'] } }, { actor })).toEqual(NO);
  });

  it.each([
    ['the same id', { ...ana, name: 'somebody' }, NOT_OWN],
    ['the same name in another case', { ...ana, name: 'ANA', nativeId: 'arn:aws:iam::1:user/ana' }, NOT_OWN],
    ['the same name and no id', { ...ana, nativeId: null }, NOT_OWN],
    ['another', { ...ana, name: 'bo', nativeId: 'x' }, YES],
    ['nobody known', { name: null, kind: 'UNKNOWN' as const, nativeId: null }, YES],
    ['an empty name', { name: '', kind: 'UNKNOWN' as const, nativeId: null }, YES],
  ])('may not approve what they registered: %s', (_, actor, expected) => {
    expect(allowed({}, {}, { createdBy: actor })).toEqual(expected);
    expect(allowed({ separationOfDuties: false }, {}, { createdBy: actor })).toEqual(YES);
    expect(allowed(null, {}, { createdBy: actor })).toEqual(YES);
  });

  it('never takes two nameless ones for the same', () => {
    const actor = { name: '', kind: 'UNKNOWN' as const, nativeId: 'z' };
    expect(allowed({}, { actor }, { createdBy: { ...actor, nativeId: null } })).toEqual(YES);
  });
});
