import * as z from 'zod';
import { RegistryError } from '../../src/domain/errors.js';
import {
  compareUtf8,
  type EvidencePart,
  type EvidenceProblem,
  type EvidenceRecord,
  type MetricRecord,
  type ModelCardRecord,
  REPORT_KINDS,
  type ReportRecord,
  sortTags,
} from '../../src/domain/model.js';
import type { NewMetric } from '../../src/domain/registry.js';
import type { Item } from './batch-get.js';
import { malformedItem } from './errors.js';
import { itemName, type MapContext, parseItem } from './map.js';

/** The attribute that holds a part of the evidence. */
export const EVIDENCE_ATTRIBUTES = {
  METRICS: 'metrics',
  PARAMETERS: 'parameters',
  REPORTS: 'reports',
  MODEL_CARD: 'modelCard',
} as const satisfies Record<EvidencePart, string>;

/** Smaller numbers than this, zero apart, DynamoDB does not hold. */
const NUMBER_MIN = 1e-130;
const NOT_FINITE = ['NaN', 'Infinity', '-Infinity'];

const text = z.string().nullable().default(null);
const numberText = z.string().refine((value) => NOT_FINITE.includes(value) || isFiniteNumber(value), {
  error: 'a number, or the text of one, or NaN, Infinity or -Infinity',
});
const metricsItem = z.object({
  metrics: z
    .array(z.object({ name: z.string(), value: z.union([z.number(), numberText]), unit: text, dataset: text }))
    .default([]),
});
const parametersItem = z.object({ parameters: z.record(z.string(), z.string()).default({}) });
const reportsItem = z.object({
  reports: z
    .array(z.object({ kind: z.enum(REPORT_KINDS), uri: z.string(), contentType: text, name: text }))
    .default([]),
});
const modelCardItem = z.object({ modelCard: z.object({ status: text, content: z.string() }).nullable().default(null) });

/** A metric as it stands in a version's item. Every number comes back as it was: as text where DynamoDB or the SDK would refuse it or round it. */
export function metricItem({ name, value, unit, dataset }: NewMetric) {
  const isNumber = value === 0 || (Math.abs(value) >= NUMBER_MIN && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
  return { name, value: isNumber ? value : String(value), unit, dataset };
}

/** A model card as it stands in a version's item: text, since JSON may be deeper, and its numbers larger, than a map of DynamoDB's. */
export function cardItem(content: unknown, status: string | null = null) {
  if (content === undefined || content === null) return undefined;
  return { ...(status === null ? {} : { status }), content: JSON.stringify(content) };
}

/** What a card that takes the place of this one goes on with. */
export function storedCardStatus(item: Item): string | null {
  return modelCardItem.safeParse(item).data?.modelCard?.status ?? null;
}

/** The evidence of a version's item, as far as `parts` asks. What breaks the table's rules is a problem of its own part. */
export function toEvidence(item: Item, parts: readonly EvidencePart[], context: MapContext): EvidenceRecord {
  const problems: EvidenceProblem[] = [];
  const read = <T>(part: EvidencePart, map: () => T, empty: T): T => {
    if (!parts.includes(part)) return empty;
    try {
      return map();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      problems.push({ part, error });
      return empty;
    }
  };
  return {
    metrics: read('METRICS', () => toMetrics(item, context), []),
    parameters: read('PARAMETERS', () => toParameters(item, context), []),
    reports: read('REPORTS', () => toReports(item, context), []),
    modelCard: read('MODEL_CARD', () => toModelCard(item, context, problems), null),
    problems,
  };
}

function toMetrics(item: Item, context: MapContext): readonly MetricRecord[] {
  return parseItem(metricsItem, item, context)
    .metrics.map(
      ({ name, value, unit, dataset }): MetricRecord => ({
        name,
        ...finite(Number(value)),
        unit,
        dataset,
        step: null,
        standardDeviation: null,
        goal: 'UNKNOWN',
        source: null,
      }),
    )
    .sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.dataset ?? '', b.dataset ?? ''));
}

function toParameters(item: Item, context: MapContext) {
  const { parameters } = parseItem(parametersItem, item, context);
  return sortTags(Object.entries(parameters).map(([key, value]) => ({ key, value })));
}

function toReports(item: Item, context: MapContext): readonly ReportRecord[] {
  return parseItem(reportsItem, item, context).reports.map((report) => ({
    ...report,
    name: report.name ?? report.uri.split('/').findLast((part) => part !== '') ?? report.kind,
  }));
}

function toModelCard(item: Item, context: MapContext, problems: EvidenceProblem[]): ModelCardRecord | null {
  const { modelCard } = parseItem(modelCardItem, item, context);
  if (modelCard === null) return null;
  try {
    return { status: modelCard.status, content: JSON.parse(modelCard.content) };
  } catch {
    const error = malformedItem(itemName(item), 'modelCard.content is not JSON', context);
    problems.push({ part: 'MODEL_CARD', error });
    return { status: modelCard.status, content: null };
  }
}

function finite(value: number): Pick<MetricRecord, 'value' | 'text'> {
  return Number.isFinite(value) ? { value, text: null } : { value: null, text: String(value) };
}

function isFiniteNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}
