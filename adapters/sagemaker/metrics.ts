import { compareUtf8, type MetricGoal, type MetricRecord } from '../../src/domain/model.js';

// Two forms of a report are read: one object of numbers by name, and what an evaluation step and Model Monitor's quality job write:
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

const QUALITY_GROUPS = ['binary_classification_metrics', 'multiclass_classification_metrics', 'regression_metrics'];

/** Of the names that the quality form documents. How good a constant classifier is says nothing about the model. */
const LOWER = /^(mae|mse|rmse|false_positive_rate|false_negative_rate)$/;
const HIGHER =
  /^(r2|auc|accuracy|precision|recall|true_positive_rate|true_negative_rate|f0_5|f1|f2|weighted_(recall|precision|f0_5|f1|f2))$/;

const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

/**
 * The numbers in a report, by name; null for one of another form.
 * @throws SyntaxError for what is not JSON.
 */
export function parseMetrics(text: string, source: string): readonly MetricRecord[] | null {
  const report = parseJson(text);
  if (!isObject(report)) return null;
  const groups = QUALITY_GROUPS.map((group) => report[group]).filter(isObject);
  const metrics = groups.length === 0 ? ofFlat(report, source) : groups.flatMap((group) => ofQuality(group, source));
  return metrics?.toSorted((a, b) => compareUtf8(a.name, b.name)) ?? null;
}

/** Texts beside the numbers are labels; anything nested is another form, whose numbers may mean anything. */
function ofFlat(report: Readonly<Record<string, unknown>>, source: string): readonly MetricRecord[] | null {
  const entries = Object.entries(report);
  if (entries.some(([, value]) => typeof value === 'object' && value !== null)) return null;
  const metrics = entries.flatMap(([name, value]) => metricOf(name, { value }, 'UNKNOWN', source));
  return metrics.length === 0 ? null : metrics;
}

/** Curves and confusion matrices stand among the numbers, and have no `value`. */
function ofQuality(group: Readonly<Record<string, unknown>>, source: string): readonly MetricRecord[] {
  return Object.entries(group).flatMap(([name, measured]) =>
    isObject(measured) ? metricOf(name, measured, goalOf(name), source) : [],
  );
}

function metricOf(
  name: string,
  { value, standard_deviation: deviation }: Readonly<Record<string, unknown>>,
  goal: MetricGoal,
  source: string,
): readonly MetricRecord[] {
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  const text = isNumber ? null : nonFinite(value);
  if (!isNumber && text === null) return [];
  const standardDeviation = typeof deviation === 'number' && Number.isFinite(deviation) ? deviation : null;
  const rest = { unit: null, dataset: null, step: null, standardDeviation, goal, source };
  return [{ name, value: isNumber ? value : null, text, ...rest }];
}

/** `1e999` is valid JSON and reads as infinity. */
function nonFinite(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && NOT_FINITE.includes(value) ? value : null;
}

function goalOf(name: string): MetricGoal {
  if (LOWER.test(name)) return 'LOWER_IS_BETTER';
  return HIGHER.test(name) ? 'HIGHER_IS_BETTER' : 'UNKNOWN';
}

/** Python writes NaN and Infinity bare, which is no JSON: outside of texts they are put into quotes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const quoted = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
      found.startsWith('"') ? found : `"${found}"`,
    );
    if (quoted === text) throw error;
    return JSON.parse(quoted);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
