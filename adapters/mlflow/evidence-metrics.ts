import type { MetricRecord } from '../../src/domain/model.js';
import type { WireLoggedModel, WireMetric, WireModelMetric, WireRun } from './wire.js';

/** The last value of each metric of a run, as MLflow says itself. */
export function runMetrics({ data }: WireRun, runId: string): readonly MetricRecord[] {
  return data.metrics.map((metric) => toMetric(metric, null, runId));
}

export function modelMetric(metric: WireModelMetric, modelId: string): MetricRecord {
  return toMetric(metric, metric.dataset_name ?? null, modelId);
}

/** A logged model has every value that was ever logged: these are the latest, by metric and dataset. */
export function latestMetrics({ data }: WireLoggedModel): readonly WireModelMetric[] {
  const latest = new Map<string, WireModelMetric>();
  for (const metric of data.metrics) {
    const key = JSON.stringify([metric.key, metric.dataset_name ?? null]);
    const known = latest.get(key);
    if (known === undefined || isLater(metric, known)) latest.set(key, metric);
  }
  return [...latest.values()];
}

/** By time first: they may be of several runs, whose steps do not compare. */
function isLater(a: WireModelMetric, b: WireModelMetric): boolean {
  return a.timestamp === b.timestamp ? a.step > b.step : a.timestamp > b.timestamp;
}

/**
 * What a run says beside what its logged model says. A run shows one value per name, over all of its models (checkpoints, say) and datasets: where
 * the model has that metric from that run, or without a dataset, the run's may be another model's.
 */
export function isSuperseded(runId: string, name: string, ofModel: readonly WireModelMetric[]): boolean {
  return ofModel.some(
    (metric) => metric.key === name && (metric.run_id === runId || metric.dataset_name === undefined),
  );
}

/**
 * MLflow keeps NaN as 0 with a logged model, and as what it is with the run that logged it: a zero that the run does not confirm may be either.
 * @param run The run that logged it; null where it cannot be read.
 * @returns The metric as it was logged; undefined where nobody can say.
 */
export function confirmed(metric: WireModelMetric, run: WireRun | null): WireModelMetric | undefined {
  if (metric.value !== 0) return metric;
  const same = run?.data.metrics.find(
    ({ key, step, timestamp }) => key === metric.key && step === metric.step && timestamp === metric.timestamp,
  );
  return same?.value === 0 || same?.value === 'NaN' ? { ...metric, value: same.value } : undefined;
}

function toMetric(metric: WireMetric, dataset: string | null, source: string): MetricRecord {
  return {
    name: metric.key,
    ...finiteOrText(metric.value),
    unit: null,
    dataset,
    step: Number.isSafeInteger(metric.step) ? metric.step : null,
    standardDeviation: null,
    goal: 'UNKNOWN',
    source,
  };
}

/** NaN comes as text. An infinite value comes as the largest number there is: databases cannot hold it, and MLflow keeps that one instead. */
function finiteOrText(value: WireMetric['value']): Pick<MetricRecord, 'value' | 'text'> {
  if (typeof value === 'string') return { value: null, text: value };
  if (Math.abs(value) === Number.MAX_VALUE) return { value: null, text: value > 0 ? 'Infinity' : '-Infinity' };
  return { value, text: null };
}
