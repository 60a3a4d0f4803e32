import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../../src/approvals/policy/index.js';
import { DOWN, evidence, facts, judge, metric, model, NOW, rival, rule, unreadable, version } from './support.js';

const better = rule("metrics['auc'] > production.metrics['auc']");

describe('without a policy', () => {
  it('one approval is enough, and nothing is checked', () => {
    expect(evaluate(null, facts(), { approvalsSoFar: 2 })).toEqual({
      verdict: 'ALLOW',
      policy: null,
      requiredApprovals: 1,
      approvalsSoFar: 2,
      checks: [],
      evaluatedAt: NOW,
    });
  });
});

describe('the verdict', () => {
  const holds = rule('metrics.auc > 0.5', { name: 'holds' });
  const fails = (onFail: 'deny' | 'review' | 'reject') => rule('metrics.auc > 0.9', { name: onFail, onFail });

  it.each([
    ['ALLOW', { rules: [holds] }],
    ['ALLOW', { rules: [] }],
    ['AUTO_APPROVE', { rules: [holds], onPass: 'approve' }],
    ['ALLOW', { rules: [rule('false', { when: "registry.id == 'other'" })], onPass: 'approve' }],
    ['REVIEW', { rules: [holds, fails('review')], onPass: 'approve' }],
    ['DENY', { rules: [fails('review'), fails('deny')], onPass: 'approve' }],
    ['AUTO_REJECT', { rules: [fails('review'), fails('deny'), fails('reject')] }],
    ['DENY', { requiredEvidence: [{ metric: 'f1' }], rules: [holds], onPass: 'approve' }],
    ['AUTO_REJECT', { requiredEvidence: [{ metric: 'f1' }], rules: [fails('reject')] }],
  ] as const)('is %s for %j', (verdict, config) => {
    expect(judge(config).verdict).toBe(verdict);
  });

  it.each([
    ['deny', 'DENY'],
    ['reject', 'DENY'],
    ['review', 'REVIEW'],
  ] as const)('of a rule that %ss and cannot be read is %s', (onFail, verdict) => {
    const { verdict: found, checks } = judge(
      { rules: [rule('metrics.auc > 0.5', { onFail })], onPass: 'approve' },
      { evidence: unreadable },
    );
    expect(found).toBe(verdict);
    expect(checks).toEqual([
      { name: 'rule', passed: false, expected: 'metrics.auc > 0.5', actual: null, problem: DOWN },
    ]);
  });

  it('does not hang on what a rule could have spared: an unreadable part it refers to is enough', () => {
    expect(judge({ rules: [rule('true || metrics.auc > 0.5')] }, { evidence: unreadable }).verdict).toBe('DENY');
  });

  it('of a rule on the model is open while the model cannot be read', () => {
    const given = { model: { problem: DOWN } };
    const { verdict, checks } = judge({ rules: [rule("model.owner == 'team-b'", { onFail: 'reject' })] }, given);
    expect(verdict).toBe('DENY');
    expect(checks[0]?.problem).toEqual(DOWN);
  });

  it('is not touched by unreadable parts that no rule refers to', () => {
    const given = { evidence: { ...evidence(), parameters: { problem: DOWN } }, model: { problem: DOWN } };
    expect(judge({ rules: [rule('metrics.auc > 0.5 && model.name == "churn"')] }, given).verdict).toBe('ALLOW');
  });
});

describe('a check', () => {
  const checkOf = (check: string, given: Parameters<typeof judge>[1] = {}) =>
    judge({ rules: [rule(check)] }, given).checks[0];

  it('says what was looked at on both sides', () => {
    const production = rival(evidence({ metrics: [metric('auc', 0.9)] }));
    expect(judge({ rules: [better] }, { production }).checks).toEqual([
      {
        name: 'rule',
        passed: false,
        expected: better.check,
        actual: "metrics['auc'] = 0.87, production.metrics['auc'] = 0.9",
        problem: null,
      },
    ]);
  });

  it('shows the description in place of the expression', () => {
    expect(
      judge({ rules: [rule('metrics.auc > 0.5', { description: 'AUC above one half' })] }).checks[0]?.expected,
    ).toBe('AUC above one half');
  });

  it.each([
    ["metrics['f1'] > 0.5", "metrics['f1'] is missing"],
    ["!(metrics['f1'] > 0.5)", "metrics['f1'] is missing"],
    [
      'metrics.auc > production.metrics.auc',
      'metrics.auc = 0.87, production.metrics.auc is missing: there is no production version',
    ],
    [
      "productionMetric('auc', 'test') > 0.5",
      "productionMetric('auc', 'test') is missing: there is no production version",
    ],
    ["version.stage == 'Production'", 'version.stage is missing'],
    ["version.lineage.commit != ''", 'version.lineage.commit is missing'],
    ["version.aliases[0] == 'x'", 'version.aliases[0] is missing'],
    ["version.tags['tier'] == 'silver'", 'version.tags[\'tier\'] = "gold"'],
    ["'BIAS' in reports", 'reports = []'],
    ['metrics.all(name, metrics[name] > 0.9)', 'metrics = {"auc": 0.87}'],
    [
      'version.artifacts.all(a, a.uri.endsWith(version.tags.tier))',
      'version.artifacts = [{"uri": "s3://models/churn", "role": "model", "framework": "sklearn"}], version.tags.tier = "gold"',
    ],
    ['now < version.createdAt', `now = ${NOW}, version.createdAt = 2026-11-10T08:00:00.000Z`],
    ['modelCard', 'modelCard = false'],
    ["(metrics)['auc'] > 0.9", "metrics['auc'] = 0.87"],
    ['metrics\n  .auc > 0.9', 'metrics.auc = 0.87'],
    [
      "version.tags[(version.tags)['tier']] == 'x'",
      "version.tags['tier'] = \"gold\", version.tags[version.tags['tier']] is missing",
    ],
    ["metrics[('a') + 'uc'] > 0.9", 'metrics = {"auc": 0.87}'],
    ["['auc', 'f1'].all(name, metrics[name] > 0.9)", 'metrics = {"auc": 0.87}'],
    [
      '[version.createdBy].all(by, by.kind == "SERVICE")',
      'version.createdBy = {"name": "ana@example.com", "kind": "USER"}',
    ],
    ['false', null],
  ])('of %s that fails shows %s', (check, actual) => {
    expect(checkOf(check)).toEqual({ name: 'rule', passed: false, expected: check, actual, problem: null });
  });

  it('shortens what is long', () => {
    const tags = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: '😀'.repeat(500) }));
    const actual = checkOf("size(version.tags) == 0 || version.tags.k1 == 'x'", { version: version({ tags }) })?.actual;
    expect(actual).toContain('45 more');
    expect(actual?.length).toBeLessThan(1000);
    expect(actual?.isWellFormed()).toBe(true);
  });

  it.each(['int(version.tags.tier) > 1', '1 / (version.number - 3) > 0', 'timestamp(version.tags.tier) < now'])(
    'has a problem where %s cannot be calculated',
    (check) => {
      const { verdict, checks } = judge({ rules: [rule(check, { onFail: 'reject' })] });
      expect(verdict).toBe('DENY');
      expect(checks[0]).toMatchObject({ passed: false, problem: { code: 'BAD_USER_INPUT' } });
      expect(checks[0]?.actual).not.toBeNull();
    },
  );

  it('of a rule whose `when` looks at something missing neither passes nor rejects', () => {
    const { verdict, checks } = judge({
      rules: [rule('false', { when: "version.tags.tier == 'gold' && version.tags.risk == 'high'", onFail: 'reject' })],
    });
    expect(verdict).toBe('DENY');
    expect(checks[0]?.problem).toEqual({
      code: 'NOT_FOUND',
      message: 'Whether the rule applies cannot be told: version.tags.risk is missing. Its `when` can ask with has().',
    });
  });

  it('is not made where its rule does not apply', () => {
    const rules = [rule('false', { when: "has(version.tags.risk) && version.tags.risk == 'high'" })];
    expect(judge({ rules }).checks).toEqual([]);
  });
});

describe('metrics', () => {
  const outcome = (metrics: ReturnType<typeof metric>[], check = 'metrics.auc > 0.5') => {
    const [found] = judge({ rules: [rule(check)] }, { evidence: evidence({ metrics }) }).checks;
    return [found?.passed, found?.actual];
  };
  const on = (dataset: string | null, value: number, step: number | null = null) =>
    metric('auc', value, { dataset, step });

  it('are taken by name from the one without a dataset, or the only dataset there is', () => {
    expect(outcome([on(null, 0.9), on('test', 0.1)])).toEqual([true, 'metrics.auc = 0.9']);
    expect(outcome([on('test', 0.9)])).toEqual([true, 'metrics.auc = 0.9']);
  });

  it('are not guessed among several datasets', () => {
    expect(outcome([on('test', 0.9), on('train', 0.99)])).toEqual([
      false,
      'metrics.auc is there for 2 datasets: name one of them by metric(name, dataset)',
    ]);
    expect(outcome([on('test', 0.9), on('train', 0.1)], "metric('auc', 'test') > 0.5")).toEqual([
      true,
      "metric('auc', 'test') = 0.9",
    ]);
  });

  it('are those of the last step, and not guessed among different values', () => {
    expect(outcome([on(null, 0.1, 1), on(null, 0.9, 2)])).toEqual([true, 'metrics.auc = 0.9']);
    expect(outcome([on(null, 0.9), on(null, 0.9)])).toEqual([true, 'metrics.auc = 0.9']);
    expect(outcome([on(null, 0.8), on(null, 0.9)])).toEqual([false, 'metrics.auc is there with different values']);
  });

  it.each(['NaN', 'Infinity', '-Infinity'])('that are %s count as missing', (text) => {
    const odd = metric('auc', null, { text });
    for (const check of ['metrics.auc > 0.5', '!(metrics.auc > 0.5)', "'auc' in metrics"]) {
      expect(outcome([odd], check)[0]).toBe(false);
    }
    expect(outcome([odd])[1]).toBe(`metrics.auc is ${text}`);
  });

  it('and tags may be called anything', () => {
    expect(
      outcome([metric('__proto__', 1), metric('a b', 1)], "metrics.__proto__ == 1.0 && metrics['a b'] == 1.0")[0],
    ).toBe(true);
    expect(outcome([], "'constructor' in metrics")[0]).toBe(false);
  });
});

describe('required evidence', () => {
  it.each([
    [{ metric: 'auc' }, 'metric auc = 0.87', true],
    [{ metric: 'f1' }, 'metric f1 is missing', false],
    [{ metric: 'auc', dataset: 'test' }, 'metric auc on dataset test is missing', false],
    [{ report: 'BIAS' }, 'report BIAS is missing', false],
    [{ parameter: 'seed' }, 'parameter seed is missing', false],
    [{ tag: 'tier' }, 'tag tier = "gold"', true],
    [{ metadata: 'team' }, 'metadata team = "a"', true],
    [{ metadata: 'constructor' }, 'metadata constructor is missing', false],
    ['modelCard', 'model card is missing', false],
    ['description', 'description = "third"', true],
    ['lineage.commit', 'lineage.commit is missing', false],
  ] as const)('%j: %s', (evidenceNeeded, actual, passed) => {
    const { verdict, checks } = judge({ requiredEvidence: [evidenceNeeded] });
    expect(checks[0]).toMatchObject({ actual, passed, problem: null });
    expect(verdict).toBe(passed ? 'ALLOW' : 'DENY');
  });

  it('that cannot be read is a problem, and what is in the record needs no reading', () => {
    const { verdict, checks } = judge(
      { requiredEvidence: [{ metric: 'auc' }, { tag: 'tier' }] },
      { evidence: unreadable },
    );
    expect(verdict).toBe('DENY');
    expect(checks.map(({ passed, problem }) => [passed, problem])).toEqual([
      [false, DOWN],
      [true, null],
    ]);
  });

  it('that says nothing is missing', () => {
    expect(
      judge({ requiredEvidence: ['description'] }, { version: version({ description: ' ' }) }).checks[0],
    ).toMatchObject({ passed: false, actual: 'description is empty' });
  });
});

describe('aliases', () => {
  it('come from the model where the version does not say', () => {
    const { aliasNames: _, ...rest } = version();
    const rules = [rule("'champion' in version.aliases")];
    expect(judge({ rules }, { version: rest }).checks[0]?.passed).toBe(true);
    expect(judge({ rules }, { version: rest, model: { problem: DOWN } }).checks[0]?.problem).toEqual(DOWN);
    expect(judge({ rules }, { model: { problem: DOWN } }).checks[0]?.actual).toBe('version.aliases = []');
    expect(judge({ rules: [rule("model.owner == 'team-a'")] }, { model: { value: model() } }).verdict).toBe('ALLOW');
  });
});
