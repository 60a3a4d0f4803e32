import type { MetricsSource, ModelMetrics } from '@aws-sdk/client-sagemaker';
import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import type { ReportKind, ReportRecord } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewReport } from '../../src/domain/registry.js';
import type { CallSite } from './errors.js';

type Source = MetricsSource | undefined;

/** Every place for a report that ModelMetrics has, in the order in which they are shown. */
const PLACES: readonly {
  readonly name: string;
  readonly kind: ReportKind;
  readonly of: (metrics: ModelMetrics) => Source;
}[] = [
  { name: 'ModelQuality.Statistics', kind: 'MODEL_QUALITY', of: (metrics) => metrics.ModelQuality?.Statistics },
  { name: 'ModelQuality.Constraints', kind: 'MODEL_QUALITY', of: (metrics) => metrics.ModelQuality?.Constraints },
  { name: 'ModelDataQuality.Statistics', kind: 'DATA_QUALITY', of: (metrics) => metrics.ModelDataQuality?.Statistics },
  {
    name: 'ModelDataQuality.Constraints',
    kind: 'DATA_QUALITY',
    of: (metrics) => metrics.ModelDataQuality?.Constraints,
  },
  { name: 'Bias.Report', kind: 'BIAS', of: (metrics) => metrics.Bias?.Report },
  { name: 'Bias.PreTrainingReport', kind: 'BIAS_PRE_TRAINING', of: (metrics) => metrics.Bias?.PreTrainingReport },
  { name: 'Bias.PostTrainingReport', kind: 'BIAS_POST_TRAINING', of: (metrics) => metrics.Bias?.PostTrainingReport },
  { name: 'Explainability.Report', kind: 'EXPLAINABILITY', of: (metrics) => metrics.Explainability?.Report },
];

/** Where a report of a kind is put; a kind without a place cannot be registered. */
const PUT: Readonly<Record<Exclude<ReportKind, 'OTHER'>, (source: MetricsSource) => ModelMetrics>> = {
  MODEL_QUALITY: (Statistics) => ({ ModelQuality: { Statistics } }),
  DATA_QUALITY: (Statistics) => ({ ModelDataQuality: { Statistics } }),
  BIAS: (Report) => ({ Bias: { Report } }),
  BIAS_PRE_TRAINING: (PreTrainingReport) => ({ Bias: { PreTrainingReport } }),
  BIAS_POST_TRAINING: (PostTrainingReport) => ({ Bias: { PostTrainingReport } }),
  EXPLAINABILITY: (Report) => ({ Explainability: { Report } }),
};

/** SageMaker demands a type. */
const CONTENT_TYPE = 'application/json';
const URI = /^(https|s3):\/\/[^/]+\/?.*$/;

export function toReports(metrics: ModelMetrics | undefined): readonly ReportRecord[] {
  return PLACES.flatMap(({ name, kind, of }) => {
    const { S3Uri: uri, ContentType: contentType = null } = of(metrics ?? {}) ?? {};
    return uri === undefined ? [] : [{ kind, name, uri, contentType }];
  });
}

/** Where the numbers of a version are: what its evaluation measured. Constraints are limits, and not numbers of this version. */
export function measurementsOf(metrics: ModelMetrics | undefined): string | undefined {
  return metrics?.ModelQuality?.Statistics?.S3Uri;
}

/**
 * Undefined without reports. Each kind has one place.
 * @throws UnsupportedError for a kind without a place; InvalidInputError for a kind given twice, and for what a place cannot hold.
 */
export function toModelMetrics(reports: readonly NewReport[], site: CallSite): ModelMetrics | undefined {
  const refuse = (index: number, field: string, what: string) =>
    new InvalidInputError(`\`reports[${index}].${field}\` ${what}`, { ...site });
  const given = new Set<ReportKind>();
  const bias: ModelMetrics['Bias'] = {};
  const metrics: ModelMetrics = {};
  reports.forEach(({ kind, uri, contentType = CONTENT_TYPE }, index) => {
    if (kind === 'OTHER') {
      throw new UnsupportedError(
        `SageMaker has no place for \`reports[${index}]\` of kind OTHER. What fits: ${Object.keys(PUT).join(', ')}.`,
        { ...site },
      );
    }
    if (given.has(kind)) throw refuse(index, 'kind', `is ${kind} again, but SageMaker has one place for each kind.`);
    if (uri.length > 1024 || !URI.test(uri))
      throw refuse(index, 'uri', `is ${quote(uri)}, but must be an s3:// or https:// URI of at most 1024 characters.`);
    if (contentType === '' || contentType.length > 256 || /\p{Cc}/u.test(contentType))
      throw refuse(index, 'contentType', 'must have 1 to 256 characters and no line breaks.');
    given.add(kind);
    const put = PUT[kind]({ S3Uri: uri, ContentType: contentType });
    Object.assign(bias, put.Bias);
    Object.assign(metrics, put, put.Bias === undefined ? {} : { Bias: bias });
  });
  return given.size === 0 ? undefined : metrics;
}
