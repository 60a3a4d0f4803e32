import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  compilePolicies,
  evaluate,
  mayDecide,
  neededFacts,
  type Policy,
  type PolicyFacts,
  policyFaults,
  productionRule,
  selectPolicy,
} from '../../../../src/approvals/policy/index.js';
import {
  ARTIFACT_FIELDS,
  FACTS,
  type Fields,
  FUNCTIONS,
  LOOPS,
  METHODS,
} from '../../../../src/approvals/policy/vocabulary.js';
import { policiesSchema } from '../../../../src/config/policy-config.js';
import { evidence, facts, metric, rival, version } from './support.js';

const document = readFileSync(new URL('../../../../docs/policies.md', import.meta.url), 'utf8');
const blocks = [...document.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));
const examples = blocks
  .filter(({ language }) => language === 'yaml')
  .map(({ text = '' }) => policiesSchema.parse(parse(text).policies));
const policies = examples.flatMap((example) => compilePolicies(example));

function policy(id: string): Policy {
  const found = policies.find(({ config }) => config.id === id);
  if (found === undefined) throw new Error(`The document has no policy ${id}.`);
  return found;
}

const verdict = (id: string, given: Partial<PolicyFacts>) =>
  evaluate(policy(id), facts(given), { approvalsSoFar: 0 }).verdict;
const measured = (...metrics: ReturnType<typeof metric>[]) => ({ evidence: evidence({ metrics }) });

describe('the examples of the document', () => {
  it('have no fault', () => {
    expect(examples.map((example) => policyFaults(example, ['main']))).toEqual(examples.map(() => []));
  });

  it('are all here', () => {
    expect(policies.map(({ config }) => config.id)).toEqual([
      'payments',
      'production-models',
      'threshold',
      'ranking',
      'credit',
      'two-of-governance',
    ]);
  });

  it('payments', () => {
    const lineage = { ...NO_LINEAGE, commit: 'abc' };
    expect(verdict('payments', { ...measured(metric('auc', 0.9)), version: version({ lineage }) })).toBe('ALLOW');
    expect(verdict('payments', measured(metric('auc', 0.9)))).toBe('DENY');
    expect(selectPolicy(policies, { id: 'main', kind: 'MLFLOW', labels: [] }, { name: 'Pay-later' })).toBe(
      policy('payments'),
    );
  });

  it('threshold', () => {
    const holdout = (value: number) => metric('auc', value, { dataset: 'holdout' });
    expect(verdict('threshold', measured(metric('auc', 0.6)))).toBe('AUTO_REJECT');
    expect(verdict('threshold', measured(metric('auc', 0.8), holdout(0.9)))).toBe('REVIEW');
    expect(verdict('threshold', measured(metric('auc', 0.95)))).toBe('REVIEW');
    expect(verdict('threshold', measured(metric('auc', 0.95), holdout(0.9)))).toBe('AUTO_APPROVE');
  });

  it('ranking', () => {
    const production = rival(evidence({ metrics: [metric('auc', 0.9)] }));
    expect(verdict('ranking', measured(metric('auc', 0.1)))).toBe('ALLOW');
    expect(verdict('ranking', { ...measured(metric('auc', 0.9)), production })).toBe('ALLOW');
    expect(productionRule(policy('ranking'))).toEqual({ by: 'ALIAS', name: 'champion' });
    const written = blocks.find(({ language }) => language === 'json')?.text ?? '';
    expect(evaluate(policy('ranking'), facts({ production }), { approvalsSoFar: 0 })).toEqual(JSON.parse(written));
  });

  it('credit', () => {
    const given = {
      version: version({ lineage: { ...NO_LINEAGE, commit: 'abc' } }),
      evidence: { ...evidence({ metrics: [metric('disparate_impact', 0.9)] }), modelCard: { value: true } },
    };
    expect(verdict('credit', given)).toBe('DENY');
    expect(verdict('credit', { ...given, evidence: { ...given.evidence, reports: { value: ['BIAS'] } } })).toBe(
      'ALLOW',
    );
    expect(neededFacts(policy('credit')).evidence).toEqual(['METRICS', 'REPORTS', 'MODEL_CARD']);
  });

  it('two-of-governance', () => {
    expect(verdict('two-of-governance', {})).toBe('ALLOW');
    expect(verdict('two-of-governance', { now: '2027-01-20T08:00:00.000Z' })).toBe('DENY');
    expect(verdict('two-of-governance', { registry: { id: 'main', kind: 'SAGEMAKER', labels: [] } })).toBe('DENY');
    const caller = {
      actor: { name: 'cy', kind: 'USER' as const, nativeId: 'https://issuer.example#cy' },
      groups: ['ml-governance'],
      grants: [{ role: 'APPROVER' as const, source: 'test' }],
    };
    const subject = { model: { registryId: 'main', name: 'm' }, createdBy: null };
    expect(mayDecide(policy('two-of-governance'), caller, subject).approve).toBe(true);
    expect(mayDecide(policy('two-of-governance'), { ...caller, groups: [] }, subject).approve).toBe(false);
  });
});

describe('the document', () => {
  it('tells each fact with its type', () => {
    const rows = new Map(
      [...document.matchAll(/^\| `([\w.]+)` \| ([^|]+) \|/gm)].map(([, name = '', type]) => [name, type]),
    );
    const { production: _, ...top } = FACTS;
    for (const [name, type] of leaves(top)) expect([name, rows.get(name)]).toEqual([name, spelled(type)]);
  });

  it('tells each function, and each field of an artifact', () => {
    for (const name of FUNCTIONS) expect(document).toContain(`\`${name}(`);
    for (const name of [...METHODS, ...LOOPS]) expect(document).toContain(`\`.${name}(`);
    for (const name of Object.keys(ARTIFACT_FIELDS)) expect(document).toContain(`\`${name}\``);
  });

  it('tells each option, and no other', () => {
    const section = document.slice(document.indexOf('## Options'), document.indexOf('**Without a policy**'));
    const told = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(told).toEqual(Object.keys(policiesSchema.unwrap().element.shape));
  });
});

const NO_LINEAGE = {
  commit: null,
  repository: null,
  pipelineExecution: null,
  trainingJob: null,
  runId: null,
  experimentId: null,
  dataset: null,
  sourceUri: null,
  generatedBy: null,
};

function leaves(fields: Fields, prefix = ''): [string, string][] {
  return Object.entries(fields).flatMap(([name, type]) =>
    typeof type === 'string' ? [[`${prefix}${name}`, type] as [string, string]] : leaves(type, `${prefix}${name}.`),
  );
}

function spelled(type: string): string {
  return { 'google.protobuf.Timestamp': 'timestamp', 'list<Artifact>': 'list of artifacts' }[type] ?? type;
}
