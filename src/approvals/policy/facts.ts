import { RegistryError } from '../../domain/errors.js';
import type {
  EvidencePart,
  EvidenceRecord,
  MetricRecord,
  ModelRecord,
  ModelVersionRecord,
  ReportKind,
  Tag,
  Timestamp,
} from '../../domain/model.js';
import type { StoredProblem } from '../../domain/policy.js';
import type { Lookup } from '../../domain/registry.js';
import type { PolicyRegistry } from './policy.js';

/** What was read, or why it could not be. */
export type Fact<T> = { readonly value: T } | { readonly problem: StoredProblem };

/** All that rules can look at. */
export interface PolicyFacts {
  readonly registry: PolicyRegistry;
  /** Also asked for the aliases of versions where their own records do not tell them. */
  readonly model: Fact<ModelRecord>;
  readonly version: ModelVersionRecord;
  readonly evidence: EvidenceFacts;
  /** Null: there is none. That it is this very version counts as none. */
  readonly production: Fact<ProductionFacts | null>;
  /** When it is evaluated; the same facts at the same time give the same evaluation. */
  readonly now: Timestamp;
}

export interface ProductionFacts {
  readonly version: ModelVersionRecord;
  readonly evidence: EvidenceFacts;
}

export interface EvidenceFacts {
  readonly metrics: Fact<readonly MetricRecord[]>;
  readonly parameters: Fact<readonly Tag[]>;
  readonly reports: Fact<readonly ReportKind[]>;
  /** Whether there is one. */
  readonly modelCard: Fact<boolean>;
}

/** What must be read for a policy; the rest is looked at by no rule. */
export interface NeededFacts {
  /** The model's own record. */
  readonly model: boolean;
  readonly evidence: readonly EvidencePart[];
  /** Whether production must be found at all; `productionEvidence` is empty where not. */
  readonly production: boolean;
  readonly productionEvidence: readonly EvidencePart[];
}

const NOT_READ: StoredProblem = {
  code: 'INTERNAL',
  message: 'It was not read, although a rule looks at it. Report this as a fault of the gateway.',
};

/** The fact of a thing that must be there: null and errors are problems. */
export function factOf<T>(lookup: Lookup<T>): Fact<T> {
  if (lookup instanceof RegistryError) return { problem: { code: lookup.code, message: lookup.message } };
  if (lookup === null) {
    return { problem: { code: 'NOT_FOUND', message: 'It has gone from the registry. Read the version again.' } };
  }
  return { value: lookup };
}

/**
 * What was read of a version's evidence. Parts that were not asked for are unreadable, so that a rule that looks at one of them cannot pass; one
 * with a problem of its own is as well, since a part of the metrics is not the metrics.
 * @param lookup As `RegistryAdapter.getEvidence` gives it; null for a missing version.
 */
export function evidenceFacts(lookup: Lookup<EvidenceRecord>, parts: readonly EvidencePart[]): EvidenceFacts {
  const evidence = factOf(lookup);
  const fact = <T>(part: EvidencePart, pick: (record: EvidenceRecord) => T): Fact<T> => {
    if (!parts.includes(part)) return { problem: NOT_READ };
    if ('problem' in evidence) return evidence;
    const problem = evidence.value.problems.find((one) => one.part === part);
    return problem === undefined ? { value: pick(evidence.value) } : factOf<T>(problem.error);
  };
  return {
    metrics: fact('METRICS', ({ metrics }) => metrics),
    parameters: fact('PARAMETERS', ({ parameters }) => parameters),
    reports: fact('REPORTS', ({ reports }) => reports.map(({ kind }) => kind)),
    modelCard: fact('MODEL_CARD', ({ modelCard }) => modelCard !== null),
  };
}
