import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import {
  type EvidencePart,
  type EvidenceRecord,
  type MetricRecord,
  type ReportRecord,
  sortTags,
} from '../../src/domain/model.js';
import type { NewVersion } from '../../src/domain/registry.js';
import { sortMetrics } from '../shared/metrics.js';
import type { StoredEvidence } from './store.js';

export function toStoredEvidence({ metrics, parameters, reports, modelCard }: NewVersion): StoredEvidence {
  return {
    metrics: (metrics ?? []).map((metric) => ({ ...NO_METRIC, ...metric })),
    parameters: parameters ?? [],
    reports: (reports ?? []).map((report) => ({ contentType: null, ...report, name: reportName(report.uri) })),
    modelCard: modelCard === undefined || modelCard === null ? null : { status: null, content: modelCard },
  };
}

/** As much of it as is asked for and as the registry says it has. */
export function toEvidenceRecord(
  evidence: StoredEvidence,
  parts: readonly EvidencePart[],
  capabilities: RegistryCapabilities,
): EvidenceRecord {
  const has = (part: EvidencePart, capability: keyof RegistryCapabilities) =>
    parts.includes(part) && capabilities[capability];
  return {
    metrics: has('METRICS', 'METRICS') ? sortMetrics(evidence.metrics) : [],
    parameters: has('PARAMETERS', 'PARAMETERS') ? sortTags(evidence.parameters) : [],
    reports: has('REPORTS', 'REPORTS') ? evidence.reports : [],
    modelCard: has('MODEL_CARD', 'MODEL_CARDS') ? evidence.modelCard : null,
    problems: [],
  };
}

/** A report is known by the last part of its URI, where it has one. */
export function reportName(uri: string): ReportRecord['name'] {
  return uri.split('/').findLast((part) => part !== '') ?? uri;
}

export const NO_METRIC = {
  text: null,
  unit: null,
  dataset: null,
  step: null,
  standardDeviation: null,
  goal: 'UNKNOWN',
  source: null,
} as const satisfies Omit<MetricRecord, 'name' | 'value'>;
