import type { ModelPackage } from '@aws-sdk/client-sagemaker';
import { RegistryError, UnexpectedUpstreamError, UnsupportedError } from '../../src/domain/errors.js';
import type {
  EvidencePart,
  EvidenceProblem,
  EvidenceRecord,
  MetricRecord,
  ModelCardRecord,
} from '../../src/domain/model.js';
import { quote, type VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import type { Call } from './client.js';
import { toRegistryError } from './errors.js';
import { parseMetrics } from './metrics.js';
import type { ReportStore } from './report-store.js';
import { measurementsOf, toReports } from './reports.js';
import type { Described, Versions } from './version-lookup.js';

type Metrics = readonly MetricRecord[] | RegistryError;

/** Records as `Versions.look` reads them, and for METRICS one S3 object per distinct address and model among them. */
export async function readEvidence(
  versions: Versions,
  store: ReportStore,
  refs: readonly VersionRef[],
  parts: readonly EvidencePart[],
  call: Call,
): Promise<readonly Lookup<EvidenceRecord>[]> {
  const found = await versions.look(refs, call);
  const described = found.flatMap((slot) => (slot === null || slot instanceof RegistryError ? [] : [slot]));
  const metrics = parts.includes('METRICS') ? await readMetrics(store, described, call) : new Map<string, Metrics>();
  return found.map((slot) =>
    slot === null || slot instanceof RegistryError ? slot : toEvidence(slot, parts, metrics, call),
  );
}

async function readMetrics(store: ReportStore, versions: readonly Described[], call: Call) {
  const reports = new Map<string, { readonly uri: string; readonly model: string }>();
  for (const version of versions) {
    const uri = measurementsOf(version.pkg.ModelMetrics);
    if (uri !== undefined) reports.set(reportId(version), { uri, model: version.record.ref.name });
  }
  const read = async (id: string, uri: string, model: string): Promise<[string, Metrics]> => {
    try {
      return [id, metricsOf(await store.read(uri, model, call), uri, call)];
    } catch (error) {
      // A call that was ended has no evidence at all; a report that cannot be read is a gap in it.
      if (call.options.signal.aborted) throw error;
      return [id, toRegistryError(error, call)];
    }
  };
  return new Map(await Promise.all([...reports].map(([id, { uri, model }]) => read(id, uri, model))));
}

/** What one model may read, another may not. */
function reportId({ record, pkg }: Described): string {
  return JSON.stringify([record.ref.name, measurementsOf(pkg.ModelMetrics)]);
}

function metricsOf(text: string, uri: string, call: Call): Metrics {
  const site = { registryId: call.registryId, operation: call.operation };
  try {
    return (
      parseMetrics(text, uri) ??
      new UnsupportedError(
        `The report ${quote(uri)} has a form whose metrics are not read. Give a JSON object of numbers by name, or what a SageMaker model quality job writes.`,
        site,
      )
    );
  } catch (cause) {
    return new UnexpectedUpstreamError(`The report ${quote(uri)} is not JSON. Write it anew.`, { ...site, cause });
  }
}

function toEvidence(
  version: Described,
  parts: readonly EvidencePart[],
  metrics: ReadonlyMap<string, Metrics>,
  call: Call,
): EvidenceRecord {
  const { pkg } = version;
  const measured = metrics.get(reportId(version)) ?? [];
  const card = parts.includes('MODEL_CARD') ? toModelCard(pkg, call) : { modelCard: null, problems: [] };
  return {
    metrics: measured instanceof RegistryError ? [] : measured,
    parameters: [],
    reports: parts.includes('REPORTS') ? toReports(pkg.ModelMetrics) : [],
    modelCard: card.modelCard,
    problems: [
      ...(measured instanceof RegistryError ? [{ part: 'METRICS', error: measured } as const] : []),
      ...card.problems,
    ],
  };
}

function toModelCard(
  { ModelCard: card, ModelPackageArn: arn = '' }: ModelPackage,
  { registryId, operation }: Call,
): { readonly modelCard: ModelCardRecord | null; readonly problems: readonly EvidenceProblem[] } {
  if (card?.ModelCardContent === undefined) return { modelCard: null, problems: [] };
  const status = card.ModelCardStatus ?? null;
  try {
    const content: unknown = JSON.parse(card.ModelCardContent);
    return { modelCard: { status, content }, problems: [] };
  } catch (cause) {
    const error = new UnexpectedUpstreamError(`The model card of ${arn} is not JSON. Write it anew.`, {
      registryId,
      operation,
      cause,
    });
    return { modelCard: { status, content: null }, problems: [{ part: 'MODEL_CARD', error }] };
  }
}
