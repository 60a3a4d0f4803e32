import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { compilePolicies, type PolicyConfig, policyFaults } from '../../../../src/approvals/policy/index.js';
import { faultsOf } from '../../../../src/config/faults.js';
import { policiesSchema } from '../../../../src/config/policy-config.js';
import { policyConfig, rule } from './support.js';

const faultsIn = (...configs: Partial<PolicyConfig>[]) =>
  Object.fromEntries(policyFaults(configs.map(policyConfig), ['main', 'other']).map((f) => [f.path, f.message]));

const faultOf = (check: string) => faultsIn({ rules: [rule(check)] })['policies[0].rules[0].check'];

describe('the config section of policies', () => {
  const shapeFaults = (policies: unknown) => {
    const parsed = z.strictObject({ policies: policiesSchema }).safeParse({ policies }, { reportInput: true });
    return parsed.success ? {} : Object.fromEntries(faultsOf(parsed.error).map((f) => [f.path, f.message]));
  };

  it('has defaults, and is what the policies take', () => {
    const configs: readonly PolicyConfig[] = policiesSchema.parse([
      {
        id: 'p',
        rules: [{ name: 'a', check: 'metrics.auc > 0.9' }],
        requiredEvidence: ['modelCard', { metric: 'auc' }],
      },
    ]);
    expect(configs).toEqual([
      {
        id: 'p',
        separationOfDuties: true,
        requiredApprovals: 1,
        requiredEvidence: ['modelCard', { metric: 'auc' }],
        rules: [{ name: 'a', check: 'metrics.auc > 0.9', onFail: 'deny' }],
        onPass: 'review',
        outOfBand: { revert: false },
      },
    ]);
    expect(compilePolicies(configs)).toHaveLength(1);
    expect(policiesSchema.parse(undefined)).toEqual([]);
  });

  it.each([
    [{ id: 'Upper' }, 'policies[0].id'],
    [{ id: 'p', requiredApprovals: 0 }, 'policies[0].requiredApprovals'],
    [{ id: 'p', requiredApprovals: 11 }, 'policies[0].requiredApprovals'],
    [{ id: 'p', requiredEvidence: [{ report: 'bias' }] }, 'policies[0].requiredEvidence[0]'],
    [{ id: 'p', requiredEvidence: [{ metric: 'a', tag: 'b' }] }, 'policies[0].requiredEvidence[0]'],
    [{ id: 'p', requiredEvidence: ['lineage.comit'] }, 'policies[0].requiredEvidence[0]'],
    [{ id: 'p', production: {} }, 'policies[0].production'],
    [{ id: 'p', production: { alias: 'a', stage: 'b' } }, 'policies[0].production'],
    [{ id: 'p', deciders: {} }, 'policies[0].deciders'],
    [{ id: 'p', deciders: { groups: [] } }, 'policies[0].deciders.groups'],
    [{ id: 'p', registries: [] }, 'policies[0].registries'],
    [{ id: 'p', rules: [{ name: 'a' }] }, 'policies[0].rules[0].check'],
    [{ id: 'p', rules: [{ name: 'a', check: 'true', onFail: 'explode' }] }, 'policies[0].rules[0].onFail'],
    [{ id: 'p', nope: 1 }, 'policies[0].nope'],
  ])('refuses the shape of %j at its path', (policy, path) => {
    expect(Object.keys(shapeFaults([policy]))).toEqual([path]);
  });

  it('lists what required evidence may be', () => {
    expect(shapeFaults([{ id: 'p', requiredEvidence: ['card'] }])['policies[0].requiredEvidence[0]']).toContain(
      'modelCard, description, lineage.commit',
    );
  });
});

describe('the faults of policies', () => {
  it('are none in a right one', () => {
    expect(
      faultsIn({ id: 'a', registries: ['main'], rules: [rule('metrics.auc > 0.9')], onPass: 'approve' }, { id: 'b' }),
    ).toEqual({});
  });

  it('are told all together, each at its path', () => {
    const found = faultsIn(
      { id: 'a', registries: ['main', 'mian'], onPass: 'approve', requiredApprovals: 2 },
      { id: 'a', rules: [rule('true'), rule('1 + ', { when: 'nope' })] },
    );
    expect(found).toEqual({
      'policies[0].registries[1]': 'There is no such registry. There are: main, other.',
      'policies[0].requiredApprovals': expect.stringContaining('leave no votes'),
      'policies[0].rules': expect.stringContaining('approved unseen'),
      'policies[1].id': 'policies[0] has this id already. Ids must differ.',
      'policies[1].rules[1].name': expect.stringContaining('Rule 0'),
      'policies[1].rules[1].when': expect.stringContaining('There is no fact `nope`. There are: `version`, `model`'),
      'policies[1].rules[1].check': expect.stringContaining('not a valid expression'),
    });
  });

  it('keep a faulty policy from being compiled', () => {
    expect(() => compilePolicies([policyConfig({ rules: [rule('((')] })])).toThrow('not a valid expression');
  });
});

describe('an expression', () => {
  it.each([
    "metrics['auc'] >= 0.9 && metrics.f1 > 0.5",
    'metrics.auc - production.metrics.auc > -0.01',
    "!hasProduction || metric('auc', 'test') >= productionMetric('auc', 'test')",
    "version.artifacts.all(a, ['s3://a/', 's3://b/'].exists(prefix, a.uri.startsWith(prefix)))",
    'now - version.createdAt < duration("720h")',
    'has(version.lineage.commit) && size(version.lineage.commit) == 40',
    "version.tags.tier.lowerAscii() in ['gold', 'silver']",
    "model.name.like('pay*') ? modelCard : true",
    "reports.filter(r, r.startsWith('BIAS')).size() > 0",
    'now.getDayOfWeek() != 5',
    "int(parameters['max_depth']) <= 10",
    "registry.labels['environment'] == 'prod'",
    'metrics.all(name, name in production.metrics && metrics[name] >= production.metrics[name])',
    'metrics.all(name, size(production.metrics) > 3 && metrics.size() > 3 && has(production.metrics.auc))',
    'reports.all(kind, kind != version.artifacts[0].uri)',
  ])('may be %s', (check) => {
    expect(faultOf(check)).toBeUndefined();
  });

  it.each([
    ['metrics.auc', 'of type double'],
    ['version', 'of type'],
    ['metrics.auc == 1', 'at character 1 (no such overload: double == int)'],
    ['version.nmber > 1', 'No such key: nmber'],
    ['version.lineage.comit == "x"', 'No such key: comit'],
    ['version.artifacts.all(a, a.rle == "x")', 'No such key: rle'],
    ['metrics.auc >', 'not a valid expression'],
    ['"x"', 'of type string'],
    ['dyn(true)', 'no function `dyn`'],
    ["version.description.matches('(a+)+$')", 'no `.matches()`'],
    ["version.description.split('').size() > 1", 'no `.split()`'],
    ['cel.bind(x, metrics, x.auc > 0.1)', 'no `.bind()`'],
    ["metric(version.stage, 'test') > 0.1", 'written out in quotes'],
    ["metric('auc') > 0.1", 'not a valid expression'],
    ['metrics.all(name, metrics == production.metrics)', 'all of `metrics` at each step'],
    ['metrics.all(name, (modelCard ? metrics : metrics).auc > 0.1)', 'all of `metrics` at each step'],
    ['metrics.map(name, version.tags).size() > 0', 'all of `version` at each step'],
    ['metrics.map(name, production).size() > 0', 'all of `production` at each step'],
    ['[metrics].all(m, reports.all(r, size(m) > 0))', 'A loop in a loop'],
    ["now > timestamp('tomorrow')", "`timestamp('tomorrow')` cannot be converted"],
    ["now - version.createdAt < duration('30 days')", 'cannot be converted'],
    ["now.getHours('Europe/Berlin') > 8", 'in UTC'],
    ['nope > 1', 'no fact `nope`'],
    ['constructor == 1', 'no fact `constructor`'],
    ['reports.all(metrics, true)', 'hides something of the same name'],
    ['[1].all(x, [1].all(x, x > 0))', 'hides something of the same name'],
    ['reports.all(a, reports.all(b, a == b))', 'A loop in a loop'],
    ['[1].all(a, [1].all(b, [1].all(c, a == b)))', 'A loop in a loop'],
    ['reports.all(a, reports.map(b, b) == reports)', 'A loop in a loop'],
    [`"${'x'.repeat(2000)}" == ""`, 'at most 2000'],
    [Array(200).fill('true').join(' && '), 'not a valid expression'],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 'not a valid expression'],
  ])('may not be %s', (check, message) => {
    expect(faultOf(check)).toContain(message);
  });
});
