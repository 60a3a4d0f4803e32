import { compareUtf8, type MetricRecord } from '../../src/domain/model.js';

/** Metrics in the order in which evidence holds them. */
export function sortMetrics(metrics: Iterable<MetricRecord>): readonly MetricRecord[] {
  return [...metrics].sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.dataset ?? '', b.dataset ?? ''));
}
