import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePolicies,
  type EvidenceFacts,
  evaluate,
  type Fact,
  type PolicyConfig,
  type PolicyFacts,
  type PolicyRule,
  policyFaults,
} from '../../../../src/approvals/policy/index.js';
import { REPORT_KINDS } from '../../../../src/domain/model.js';
import type { PolicyVerdict } from '../../../../src/domain/policy.js';
import { DOWN, facts, metric, model, policyConfig, rival, rule, unreadable, version } from './support.js';

/** Expressions, each with the one thing that it cannot do without. */
const EXPRESSIONS = {
  metrics: [
    "metrics['auc'] > 0.5",
    "'f1' in metrics",
    '!has(metrics.f1) || metrics.f1 > 0.5',
    "metric('auc', 'test') < 0.9",
  ],
  parameters: [
    "parameters['seed'] == '1'",
    'parameters.all(key, size(parameters[key]) < 10)',
    'int(parameters.seed) > 0',
  ],
  reports: ["'BIAS' in reports", 'reports.size() == 0', "reports.exists(kind, kind.like('BIAS*'))"],
  modelCard: ['modelCard', '!modelCard', 'true || modelCard'],
  production: ['hasProduction', '!hasProduction', "production.metrics['auc'] < 0.5", 'production.version.number > 1'],
  model: ["model.owner == 'team-a'", '!has(model.owner)', 'model.tags.size() < 2'],
  nothing: ['true', 'false', 'version.number > 2', "version.tags['tier'] == 'gold'", 'model.name != registry.id'],
} as const;
type Thing = keyof typeof EXPRESSIONS;
const THINGS = Object.keys(EXPRESSIONS) as Thing[];

const expression = fc.constantFrom(...THINGS.flatMap((thing) => EXPRESSIONS[thing]));
const onFail = fc.constantFrom<PolicyRule['onFail'][]>('deny', 'review', 'reject');
const rules = fc.array(
  fc.record({ name: fc.string(), check: expression, when: fc.option(expression, { nil: undefined }), onFail }),
  {
    maxLength: 5,
  },
);
const onPass = fc.constantFrom<PolicyConfig['onPass'][]>('review', 'approve');
const config = fc.record({ rules, onPass });

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('auc', 'f1', 'seed', 'tier', '__proto__', '\ud800', ''),
);
const tags = fc.array(fc.record({ key: text, value: text }), { maxLength: 5 });
const metrics = fc.array(
  fc
    .record({
      name: fc.constantFrom('auc', 'f1', '__proto__'),
      value: fc.option(fc.double(), { nil: null }),
      dataset: fc.constantFrom(null, 'test', 'train'),
      step: fc.constantFrom(null, 1, 2),
    })
    .map(({ name, value, ...rest }) => metric(name, value, rest)),
  { maxLength: 6 },
);
const down = fc.constant({ problem: DOWN });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof({ weight: 4, arbitrary: value.map((v) => ({ value: v })) }, down);
const evidenceOf = (wrap: <T>(value: fc.Arbitrary<T>) => fc.Arbitrary<Fact<T>>): fc.Arbitrary<EvidenceFacts> =>
  fc.record({
    metrics: wrap(metrics),
    parameters: wrap(tags),
    reports: wrap(fc.subarray([...REPORT_KINDS])),
    modelCard: wrap(fc.boolean()),
  });
const readable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> => value.map((v) => ({ value: v }));

const factsOf = (wrap: typeof readable): fc.Arbitrary<PolicyFacts> =>
  fc
    .record({
      model: wrap(tags.map((given) => model({ tags: given, owner: null }))),
      version: fc.record({ tags, metadata: tags, number: fc.nat() }).map(version),
      evidence: evidenceOf(wrap),
      production: wrap(
        fc.option(
          evidenceOf(wrap).map((given) => rival(given).value),
          { nil: null },
        ),
      ),
    })
    .map(facts);
const anyFacts = factsOf(maybe);

function judge(given: Partial<PolicyConfig>, of: PolicyFacts) {
  const [policy] = compilePolicies([policyConfig(given)]);
  return evaluate(policy ?? null, of, { approvalsSoFar: 0 });
}

/** The less, the stricter. */
const RANK: Readonly<Record<PolicyVerdict, number>> = { AUTO_REJECT: 0, DENY: 1, REVIEW: 2, ALLOW: 3, AUTO_APPROVE: 4 };

function without(thing: Thing, given: PolicyFacts): PolicyFacts {
  if (thing === 'nothing') return given;
  if (thing === 'model') return { ...given, model: { problem: DOWN } };
  if (thing === 'production') return { ...given, production: { problem: DOWN } };
  return { ...given, evidence: { ...given.evidence, [thing]: { problem: DOWN } } };
}

describe('an evaluation', () => {
  it('never throws, can be stored, and is the same for the same facts', () => {
    fc.assert(
      fc.property(config, anyFacts, (given, of) => {
        const evaluation = judge(given, of);
        expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
        expect(judge(given, structuredClone(of))).toEqual(evaluation);
        for (const { actual, passed, problem } of evaluation.checks) {
          expect(actual === null || (actual.isWellFormed() && actual.length < 1000)).toBe(true);
          expect(passed && problem !== null).toBe(false);
        }
      }),
    );
  });

  it('never allows while a rule refers to what cannot be read', () => {
    const thing = fc.constantFrom(...THINGS.filter((each) => each !== 'nothing'));
    const about = thing.chain((each) => fc.tuple(fc.constant(each), fc.constantFrom<string[]>(...EXPRESSIONS[each])));
    fc.assert(
      fc.property(about, config, anyFacts, onFail, fc.boolean(), ([each, source], given, of, fails, inWhen) => {
        const about = rule(inWhen ? 'true' : source, { onFail: fails, ...(inWhen ? { when: source } : {}) });
        const { verdict } = judge({ ...given, rules: [...given.rules, about] }, without(each, of));
        expect(['ALLOW', 'AUTO_APPROVE']).not.toContain(verdict);
      }),
    );
  });

  it('never rejects because of what cannot be read', () => {
    const about = fc.constantFrom(...EXPRESSIONS.metrics, ...EXPRESSIONS.reports, ...EXPRESSIONS.modelCard);
    fc.assert(
      fc.property(fc.array(about, { minLength: 1, maxLength: 4 }), anyFacts, (sources, of) => {
        const rejecting = sources.map((source) => rule(source, { onFail: 'reject' }));
        expect(judge({ rules: rejecting }, { ...of, evidence: unreadable }).verdict).toBe('DENY');
      }),
    );
  });

  it('gets no milder when something can no longer be read, save that it then rejects nothing by itself', () => {
    fc.assert(
      fc.property(config, factsOf(readable), fc.constantFrom(...THINGS), (given, of, thing) => {
        const before = RANK[judge(given, of).verdict];
        const after = RANK[judge(given, without(thing, of)).verdict];
        expect(after).toBeLessThanOrEqual(Math.max(before, RANK.DENY));
      }),
    );
  });

  it('gets no milder when another rule fails, and no stricter when one passes', () => {
    const constant = fc.record({ holds: fc.boolean(), onFail });
    fc.assert(
      fc.property(fc.array(constant, { minLength: 1, maxLength: 6 }), fc.nat(5), onPass, (each, at, pass) => {
        const verdictOf = (which: typeof each) =>
          RANK[
            judge({ onPass: pass, rules: which.map(({ holds, onFail }) => rule(String(holds), { onFail })) }, facts())
              .verdict
          ];
        const having = (holds: boolean) =>
          each.map((one, index) => (index === at % each.length ? { ...one, holds } : one));
        expect(verdictOf(having(false))).toBeLessThanOrEqual(verdictOf(having(true)));
        expect(verdictOf([...each, { holds: false, onFail: 'deny' }])).toBeLessThanOrEqual(verdictOf(each));
      }),
    );
  });
});

describe('an expression of any text', () => {
  const token = fc.constantFrom(
    ...['metrics', 'version', 'production', 'reports', '.tags', "['auc']", '.all(', '.exists(x, ', 'x', ',', ')', '('],
    ...[
      '&&',
      '||',
      '!',
      '==',
      '>',
      '0.5',
      '1',
      "'a'",
      '[',
      ']',
      '{',
      '}',
      ':',
      '?',
      'has(',
      'metric(',
      'true',
      'null',
      '+',
      'in',
    ],
  );
  const source = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join(' ')),
  );

  it('is either told as a fault or can be evaluated', () => {
    fc.assert(
      fc.property(source, anyFacts, (check, of) => {
        const policy = policyConfig({ rules: [rule(check)] });
        const [fault] = policyFaults([policy], []);
        if (fault === undefined) expect(judge(policy, of).checks).toHaveLength(1);
        else expect(fault.path).toBe('policies[0].rules[0].check');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a large version', () => {
  const list = JSON.stringify(Array.from({ length: 50 }, (_, i) => `n${i}`));
  const judged = (check: string, count: number) => {
    const many = Array.from({ length: count }, (_, i) => metric(`m${i}`, 0.9));
    const evidence = { ...facts().evidence, metrics: { value: many } };
    return judge({ rules: [rule(check)] }, facts({ evidence, production: rival(evidence) }));
  };

  it('is judged even by the heaviest loops that there can be', () => {
    expect(judged(`metrics.all(name, ${list}.all(other, name != other))`, 5000).verdict).toBe('ALLOW');
    expect(judged('metrics.all(name, name in production.metrics)', 5000).verdict).toBe('ALLOW');
  });

  it('beyond the bound is as good as unreadable', () => {
    for (const check of ["'m1' in metrics", "'m1' in production.metrics"]) {
      expect(judged(check, 5001)).toMatchObject({ verdict: 'DENY', checks: [{ problem: { code: 'COST_EXCEEDED' } }] });
    }
  });
});
