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
import type { Versions } from './version-lookup.js';

type Metrics = readonly MetricRecord[] | RegistryError;

/** Records as `Versions.look` reads them, and for METRICS one S3 object per distinct address among them. */
export async function readEvidence(
  versions: Versions,
  store: ReportStore,
  refs: readonly VersionRef[],
  parts: readonly EvidencePart[],
  call: Call,
): Promise<readonly Lookup<EvidenceRecord>[]> {
  const found = await versions.look(refs, call);
  const packages = found.flatMap((slot) => (slot === null || slot instanceof RegistryError ? [] : [slot.pkg]));
  const metrics = parts.includes('METRICS') ? await readMetrics(store, packages, call) : new Map<string, Metrics>();
  return found.map((slot) =>
    slot === null || slot instanceof RegistryError ? slot : toEvidence(slot.pkg, parts, metrics, call),
  );
}

async function readMetrics(store: ReportStore, packages: readonly ModelPackage[], call: Call) {
  const uris = new Set(packages.flatMap((pkg) => measurementsOf(pkg.ModelMetrics) ?? []));
  const read = async (uri: string): Promise<[string, Metrics]> => {
    try {
      return [uri, metricsOf(await store.read(uri, call), uri, call)];
    } catch (error) {
      // A call that was ended has no evidence at all; a report that cannot be read is a gap in it.
      if (call.options.signal.aborted) throw error;
      return [uri, toRegistryError(error, call)];
    }
  };
  return new Map(await Promise.all([...uris].map(read)));
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
  pkg: ModelPackage,
  parts: readonly EvidencePart[],
  metrics: ReadonlyMap<string, Metrics>,
  call: Call,
): EvidenceRecord {
  const measured = metrics.get(measurementsOf(pkg.ModelMetrics) ?? '') ?? [];
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
