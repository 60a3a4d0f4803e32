import type { MetricRecord } from '../../domain/model.js';

/** The metrics that a rule can use: finite numbers, of which there is one only. */
export interface MetricTable {
  /** The one without a dataset, or else the only one of that name. */
  readonly byName: ReadonlyMap<string, number>;
  readonly byDataset: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By name: why one that is there is not in `byName`. */
  readonly unusable: ReadonlyMap<string, string>;
}

export function metricTable(records: readonly MetricRecord[]): MetricTable {
  const byName = new Map<string, number>();
  const byDataset = new Map<string, ReadonlyMap<string, number>>();
  const unusable = new Map<string, string>();
  for (const [dataset, metrics] of Map.groupBy(records, (metric) => metric.dataset)) {
    if (dataset !== null) byDataset.set(dataset, finiteByName(metrics));
  }
  for (const [name, metrics] of Map.groupBy(records, (metric) => metric.name)) {
    const found = theOne(metrics);
    if (typeof found === 'number') byName.set(name, found);
    else unusable.set(name, found);
  }
  return { byName, byDataset, unusable };
}

function finiteByName(metrics: readonly MetricRecord[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [name, same] of Map.groupBy(metrics, (metric) => metric.name)) {
    const value = theLatest(same);
    if (typeof value === 'number') found.set(name, value);
  }
  return found;
}

/** The value, or why there is not one. */
function theOne(metrics: readonly MetricRecord[]): number | string {
  const plain = metrics.filter(({ dataset }) => dataset === null);
  if (plain.length > 0) return theLatest(plain);
  const datasets = [...new Set(metrics.map(({ dataset }) => dataset))];
  if (datasets.length === 1) return theLatest(metrics);
  return `is there for ${datasets.length} datasets: name one of them by metric(name, dataset)`;
}

function theLatest(metrics: readonly MetricRecord[]): number | string {
  const step = Math.max(...metrics.map((metric) => metric.step ?? -1));
  const latest = metrics.filter((metric) => (metric.step ?? -1) === step);
  const [first, ...others] = latest;
  // Values that are not finite would make some comparisons hold, e.g. `auc > 0.9` with Infinity.
  const odd = latest.find(({ value }) => value === null || !Number.isFinite(value));
  if (odd !== undefined) return `is ${odd.text ?? 'not a number'}`;
  if (first?.value === undefined || first.value === null) return 'is missing';
  return others.every(({ value }) => value === first.value) ? first.value : 'is there with different values';
}
