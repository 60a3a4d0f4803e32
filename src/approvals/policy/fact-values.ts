import type { Actor, ArtifactRecord, LineageRecord, ModelRecord, ModelVersionRecord, Tag } from '../../domain/model.js';
import type { StoredProblem } from '../../domain/policy.js';
import { Artifact, type FactValues } from './expressions.js';
import type { EvidenceFacts, Fact, PolicyFacts, ProductionFacts } from './facts.js';
import { type MetricTable, metricTable } from './metric-table.js';
import type { FactPart, SidePart } from './vocabulary.js';

/** Metrics or parameters that an evaluation can take. */
const ENTRIES_MAX = 5000;

/** Facts as rules see them: those that could be read, and why the others could not. */
export interface ReadFacts {
  readonly values: FactValues;
  readonly problems: ReadonlyMap<FactPart, StoredProblem>;
  readonly own: SideValues;
  readonly metrics: MetricTable;
  readonly productionMetrics: MetricTable;
  readonly hasProduction: boolean;
}

/** What the registry does not say is left out, so that looking at it fails instead of comparing with an empty text. */
export function readFacts({ registry, model, version, evidence: given, production, now }: PolicyFacts): ReadFacts {
  const evidence = withinBounds(given);
  const problems = new Map<FactPart, StoredProblem>();
  const noteProblem = (part: FactPart, fact: Fact<unknown>) => {
    if ('problem' in fact) problems.set(part, fact.problem);
  };
  noteProblem('MODEL', model);
  noteProblem('PRODUCTION', production);
  const own = sideOf(version, evidence, model, noteProblem);
  const produced = other(version, valueOr(production, null));
  const rival =
    produced === null
      ? null
      : sideOf(produced.version, produced.evidence, model, (part, fact) => noteProblem(`PRODUCTION.${part}`, fact));
  const metrics = metricTable(valueOr(evidence.metrics, []));
  const productionMetrics = metricTable(produced === null ? [] : valueOr(produced.evidence.metrics, []));
  return {
    values: {
      facts: {
        ...own,
        registry: { id: registry.id, kind: registry.kind, labels: mapOf(registry.labels) },
        model: modelValue(version.ref.name, 'value' in model ? model.value : null),
        production: rival ?? {},
        hasProduction: rival !== null,
        now: new Date(now),
      },
      datasets: { version: metrics.byDataset, production: productionMetrics.byDataset },
    },
    problems,
    own,
    metrics,
    productionMetrics,
    hasProduction: rival !== null,
  };
}

/** A version that is in production has nothing to be compared with: against itself it would never be better. */
function other(version: ModelVersionRecord, production: ProductionFacts | null): ProductionFacts | null {
  const { ref, incarnation } = production?.version ?? {};
  if (production === null || (ref?.version === version.ref.version && incarnation === version.incarnation)) return null;
  return { ...production, evidence: withinBounds(production.evidence) };
}

/** Whoever registers a version decides how much evidence it has, but not how long its evaluation takes. */
function withinBounds(evidence: EvidenceFacts): EvidenceFacts {
  return { ...evidence, metrics: bounded(evidence.metrics), parameters: bounded(evidence.parameters) };
}

function bounded<T>(fact: Fact<readonly T[]>): Fact<readonly T[]> {
  if ('problem' in fact || fact.value.length <= ENTRIES_MAX) return fact;
  const message = `There are ${fact.value.length} of them; rules take at most ${ENTRIES_MAX}. Register fewer.`;
  return { problem: { code: 'COST_EXCEEDED', message } };
}

/** A version with its evidence. */
type SideValues = ReturnType<typeof sideOf>;

function sideOf(
  version: ModelVersionRecord,
  evidence: EvidenceFacts,
  model: Fact<ModelRecord>,
  noteProblem: (part: SidePart, fact: Fact<unknown>) => void,
) {
  const aliases = aliasesOf(version, model);
  noteProblem('ALIASES', aliases);
  noteProblem('METRICS', evidence.metrics);
  noteProblem('PARAMETERS', evidence.parameters);
  noteProblem('REPORTS', evidence.reports);
  noteProblem('MODEL_CARD', evidence.modelCard);
  return {
    version: versionValue(version, valueOr(aliases, [])),
    metrics: metricTable(valueOr(evidence.metrics, [])).byName,
    parameters: mapOf(valueOr(evidence.parameters, [])),
    reports: [...new Set(valueOr(evidence.reports, []))],
    modelCard: valueOr(evidence.modelCard, false),
  };
}

/** Some reads of versions leave the aliases to the model's record. */
function aliasesOf({ aliasNames, ref }: ModelVersionRecord, model: Fact<ModelRecord>): Fact<readonly string[]> {
  if (aliasNames !== undefined) return { value: aliasNames };
  if ('problem' in model) return model;
  return { value: model.value.aliases.filter(({ version }) => version === ref.version).map(({ name }) => name) };
}

function versionValue(version: ModelVersionRecord, aliases: readonly string[]) {
  return known({
    number: BigInt(version.number),
    description: version.description,
    tags: mapOf(version.tags),
    metadata: mapOf(version.metadata),
    createdBy: actorValue(version.createdBy),
    createdAt: version.createdAt === null ? null : new Date(version.createdAt),
    artifacts: version.artifacts.map(artifactValue),
    lineage: lineageValue(version.lineage),
    stage: version.stage?.name,
    aliases,
    registrationStatus: version.registrationStatus,
  });
}

function modelValue(name: string, model: ModelRecord | null) {
  if (model === null) return { name };
  return known({ name, owner: model.owner, tags: mapOf(model.tags), description: model.description });
}

function actorValue(actor: Actor | null) {
  return actor === null ? {} : known({ name: actor.name, nativeId: actor.nativeId, kind: actor.kind });
}

function artifactValue({ uri, role, image, imageDigest, framework, frameworkVersion, digest }: ArtifactRecord) {
  return new Artifact(known({ uri, role, image, imageDigest, framework, frameworkVersion, digest }));
}

function lineageValue(lineage: LineageRecord | null) {
  return lineage === null ? {} : known({ ...lineage });
}

function mapOf(tags: readonly Tag[]): ReadonlyMap<string, string> {
  return new Map(tags.map(({ key, value }) => [key, value]));
}

function valueOr<T>(fact: Fact<T>, otherwise: T): T {
  return 'value' in fact ? fact.value : otherwise;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

function known<T extends object>(fields: T): Known<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Known<T>;
}
