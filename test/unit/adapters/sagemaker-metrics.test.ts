import { describe, expect, it } from 'vitest';
import { parseMetrics } from '../../../adapters/sagemaker/metrics.js';
import { biasReport, explainabilityReport } from '../../../sandbox/seed/clarify-reports.js';
import { dataStatistics } from '../../../sandbox/seed/monitor-reports.js';
import { qualityConstraints, qualityReport } from '../../../sandbox/seed/quality-reports.js';

const URI = 's3://models/fraud/evaluation.json';
const parse = (report: unknown) => parseMetrics(typeof report === 'string' ? report : JSON.stringify(report), URI);
const named = (report: unknown) => parse(report)?.map(({ name, value, text }) => [name, value ?? text]);

describe('numbers by name', () => {
  it('are metrics, in the order of their names, and texts beside them are none', () => {
    expect(parse({ rmse: 0.5, auc: 0.91, dataset: 'holdout', isFinal: true, note: null })).toEqual([
      { ...bare, name: 'auc', value: 0.91 },
      { ...bare, name: 'rmse', value: 0.5 },
    ]);
  });

  it('may be no numbers, however they are written', () => {
    const flat = '{"a": NaN, "b": -Infinity, "c": "NaN", "d": 1e999, "e": "say \\"NaN\\"", "f, NaN": 1}';
    expect(named(flat)).toEqual([
      ['a', 'NaN'],
      ['b', '-Infinity'],
      ['c', 'NaN'],
      ['d', 'Infinity'],
      ['f, NaN', 1],
    ]);
  });
});

describe('a model quality report', () => {
  it('has the value and the deviation of each metric', () => {
    const report = { version: 0, regression_metrics: { mse: { value: 0.1, standard_deviation: 0.01 } } };
    expect(parse(report)).toEqual([
      { ...bare, name: 'mse', value: 0.1, standardDeviation: 0.01, goal: 'LOWER_IS_BETTER' },
    ]);
  });

  it.each([
    [{ task: 'binary', auc: 0.9, recall: 0.6, precision: 0.4 }, 'auc', 14],
    [{ task: 'regression', mae: 1, rmse: 2, r2: 0.8 }, 'r2', 4],
    [{ task: 'multiclass', accuracy: 0.8, classes: ['a', 'b', 'c'] }, 'accuracy', 7],
  ] as const)('is read for %j', (quality, name, count) => {
    const metrics = parse(qualityReport('m', quality)) ?? [];
    expect(metrics.find((metric) => metric.name === name)).toMatchObject({
      value: expect.any(Number),
      goal: 'HIGHER_IS_BETTER',
      source: URI,
    });
    // Neither confusion matrix nor curve.
    expect(metrics).toHaveLength(count);
    expect(metrics.every(({ value }) => value !== null)).toBe(true);
  });

  it('has no deviation where that is no number', () => {
    const report = { binary_classification_metrics: { auc: { value: 'NaN', standard_deviation: 'NaN' } } };
    expect(parse(report)).toMatchObject([{ value: null, text: 'NaN', standardDeviation: null }]);
  });
});

it.each([
  ['an empty object', {}],
  ['texts alone', { a: 'b' }],
  ['a list', [1, 2]],
  ['a number', 7],
  ['null', null],
  ['something nested', { auc: 0.9, curve: [0, 1] }],
  ['a bias report', biasReport('m', { label: 'l', facet: 'f', values: ['a'] })],
  ['an explanation', explainabilityReport('m', ['a'])],
  ['statistics of data', dataStatistics('m', ['a'])],
  ['constraints', qualityConstraints('m', { task: 'regression', mae: 1, rmse: 2, r2: 0.8 })],
])('%s is another form', (_, report) => {
  expect(parse(report)).toBeNull();
});

it.each(['', 'auc,0.9', '{"auc": 0.9', '{"auc": nan}', '<html>NaN</html>'])('%j is no JSON', (text) => {
  expect(() => parse(text)).toThrow(SyntaxError);
});

const bare = {
  text: null,
  unit: null,
  dataset: null,
  step: null,
  standardDeviation: null,
  goal: 'UNKNOWN',
  source: URI,
};
