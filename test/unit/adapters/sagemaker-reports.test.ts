import { describe, expect, it } from 'vitest';
import { toModelMetrics, toReports } from '../../../adapters/sagemaker/reports.js';
import { InvalidInputError, UnsupportedError } from '../../../src/domain/errors.js';
import { REPORT_KINDS, type ReportKind } from '../../../src/domain/model.js';

const site = { registryId: 'prod', operation: 'registerVersion' };
const report = (kind: ReportKind) => ({ kind, uri: `s3://reports/${kind}.json`, contentType: 'text/plain' });

describe('reports in ModelMetrics', () => {
  it('all kinds but OTHER have a place, and read back from it', () => {
    const given = REPORT_KINDS.filter((kind) => kind !== 'OTHER').map(report);
    const shown = toReports(toModelMetrics(given, site)).map(({ kind, uri, contentType }) => ({
      kind,
      uri,
      contentType,
    }));
    const byKind = (a: { kind: string }, b: { kind: string }) => a.kind.localeCompare(b.kind);
    expect(shown.toSorted(byKind)).toEqual(given.toSorted(byKind));
  });

  it('are JSON where nothing else is said', () => {
    expect(toModelMetrics([{ kind: 'BIAS', uri: 's3://a/b' }], site)).toEqual({
      Bias: { Report: { S3Uri: 's3://a/b', ContentType: 'application/json' } },
    });
  });

  it('are told from the limits beside them by their names', () => {
    const source = (name: string) => ({ S3Uri: `s3://a/${name}`, ContentType: 'application/json' });
    const metrics = { ModelQuality: { Statistics: source('measured'), Constraints: source('limits') } };
    expect(toReports(metrics).map(({ name, kind, uri }) => [name, kind, uri])).toEqual([
      ['ModelQuality.Statistics', 'MODEL_QUALITY', 's3://a/measured'],
      ['ModelQuality.Constraints', 'MODEL_QUALITY', 's3://a/limits'],
    ]);
  });

  it('are none without any', () => {
    expect(toModelMetrics([], site)).toBeUndefined();
    expect(toReports(undefined)).toEqual([]);
    expect(toReports({ ModelQuality: {}, Bias: {} })).toEqual([]);
  });

  it.each([
    ['a kind twice', [report('BIAS'), report('BIAS')], InvalidInputError, 'reports[1].kind'],
    ['no URI', [{ kind: 'BIAS', uri: '/tmp/report' }], InvalidInputError, 'reports[0].uri'],
    ['a long URI', [{ kind: 'BIAS', uri: `s3://a/${'x'.repeat(1024)}` }], InvalidInputError, 'reports[0].uri'],
    ['a type in two lines', [{ ...report('BIAS'), contentType: 'a\nb' }], InvalidInputError, 'reports[0].contentType'],
    ['another kind', [report('BIAS'), report('OTHER')], UnsupportedError, 'EXPLAINABILITY'],
  ] as const)('%s is refused', (_, reports, error, words) => {
    const attempt = () => toModelMetrics(reports, site);
    expect(attempt).toThrow(error);
    expect(attempt).toThrow(words);
  });
});
