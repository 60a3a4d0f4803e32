import { RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import {
  type EvidencePart,
  type EvidenceProblem,
  type EvidenceRecord,
  type MetricRecord,
  type ModelVersionRecord,
  sortTags,
  type Tag,
} from '../../src/domain/model.js';
import { quote, type VersionRef } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { sortMetrics } from '../shared/metrics.js';
import type { MlflowCall } from './errors.js';
import { confirmed, isSuperseded, latestMetrics, modelMetric, runMetrics } from './evidence-metrics.js';
import { createEvidenceSources, type EvidenceSources } from './evidence-sources.js';
import { getVersions } from './lookup.js';
import { loggedModelIn } from './names.js';
import type { MlflowSession } from './session.js';
import type { WireLoggedModel, WireModelMetric, WireRun } from './wire.js';

/** A run and a logged model hold these two, both of them. */
const KEPT = ['METRICS', 'PARAMETERS'] as const satisfies readonly EvidencePart[];
const NOTHING: EvidenceRecord = { metrics: [], parameters: [], reports: [], modelCard: null, problems: [] };

/**
 * MLflow keeps metrics and parameters with the run that made a version and, from MLflow 3 on, with the logged model that a version may be of.
 * One call each, whatever number of versions came of it; no more at once than the options allow for the server.
 */
export async function getEvidence(
  session: MlflowSession,
  refs: readonly VersionRef[],
  parts: readonly EvidencePart[],
  call: MlflowCall,
): Promise<readonly Lookup<EvidenceRecord>[]> {
  const versions = await getVersions(session, refs, call);
  const sources = createEvidenceSources(session, call);
  return Promise.all(
    versions.map((version) =>
      version === null || version instanceof RegistryError ? version : evidenceOf(version, parts, sources, call),
    ),
  );
}

interface Origin {
  readonly runId: string | null;
  readonly run: WireRun | null;
  readonly modelId: string | null;
  readonly model: WireLoggedModel | null;
}

async function evidenceOf(
  { lineage, artifacts }: ModelVersionRecord,
  parts: readonly EvidencePart[],
  sources: EvidenceSources,
  call: MlflowCall,
): Promise<EvidenceRecord> {
  const wanted = KEPT.filter((part) => parts.includes(part));
  if (wanted.length === 0) return NOTHING;
  const runId = lineage?.runId ?? null;
  const modelId = loggedModelIn(artifacts[0]?.uri ?? '');
  const [run, model] = await Promise.all([
    runId === null ? null : sources.run(runId),
    modelId === null ? null : sources.loggedModel(modelId),
  ]);
  const origin = { runId, run: orNull(run), modelId, model: orNull(model) };
  const { metrics, problems } = wanted.includes('METRICS') ? await metricsOf(origin, sources, call) : NOTHING;
  const unread = [run, model].filter((source) => source instanceof RegistryError);
  return {
    ...NOTHING,
    metrics,
    parameters: wanted.includes('PARAMETERS') ? parametersOf(origin) : [],
    problems: [...unread.flatMap((error) => wanted.map((part) => ({ part, error }))), ...problems],
  };
}

async function metricsOf(
  { runId, run, modelId, model }: Origin,
  sources: EvidenceSources,
  call: MlflowCall,
): Promise<Pick<EvidenceRecord, 'metrics' | 'problems'>> {
  const latest = model === null ? [] : latestMetrics(model);
  const metrics: MetricRecord[] = [];
  const problems: EvidenceProblem[] = [];
  for (const metric of latest) {
    const logged = confirmed(metric, await witnessOf(metric, sources));
    if (logged === undefined) problems.push({ part: 'METRICS', error: unconfirmed(metric, call) });
    else metrics.push(modelMetric(logged, modelId ?? ''));
  }
  const ofRun = run === null || runId === null ? [] : runMetrics(run, runId);
  metrics.push(...ofRun.filter(({ name, source }) => !isSuperseded(source ?? '', name, latest)));
  return { metrics: sortMetrics(metrics), problems };
}

/** Only a zero needs one. */
async function witnessOf({ value, run_id }: WireModelMetric, sources: EvidenceSources): Promise<WireRun | null> {
  return value !== 0 || run_id === undefined ? null : orNull(await sources.run(run_id));
}

/** Where both have a parameter, the logged model's is about the version itself. */
function parametersOf({ run, model }: Origin): readonly Tag[] {
  const all = [...(run?.data.params ?? []), ...(model?.data.params ?? [])];
  return sortTags(new Map(all.map(({ key, value }) => [key, { key, value }])).values());
}

function orNull<T>(source: T | RegistryError | null): T | null {
  return source instanceof RegistryError ? null : source;
}

function unconfirmed({ key }: WireModelMetric, { registryId, operation }: MlflowCall): RegistryError {
  return new UnexpectedUpstreamError(
    `The metric ${quote(key)} of the logged model is 0, which MLflow also writes for NaN, and the run that logged it does not say which it was. ` +
      'Log the metric again.',
    { registryId, operation },
  );
}
