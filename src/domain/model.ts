import type { RegistryError } from './errors.js';
import type { ModelRef, VersionRef } from './refs.js';

// Records are JSON-safe and immutable: times are RFC 3339 text in UTC with milliseconds, and nothing vendor-shaped is in them.
// Null means "the registry does not say".

/** RFC 3339 in UTC with milliseconds, e.g. `2026-11-20T08:15:30.250Z`; such texts compare as times do. */
export type Timestamp = string;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type ActorKind = 'USER' | 'SERVICE' | 'POLICY' | 'UNKNOWN';

export interface Actor {
  readonly name: string | null;
  readonly kind: ActorKind;
  /** ARN, subject claim or user id. */
  readonly nativeId: string | null;
}

export const APPROVAL_STATUSES = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const REGISTRATION_STATUSES = ['PENDING', 'READY', 'FAILED', 'DELETING'] as const;
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number];

export interface AliasRecord {
  readonly name: string;
  readonly version: string;
}

export interface ModelRecord {
  readonly ref: ModelRef;
  /** ARN, or MLflow `models:/name` URI. */
  readonly nativeId: string;
  readonly description: string | null;
  /** From the tag that the config names as the owner's; null without one. */
  readonly owner: string | null;
  /** By key, ascending. */
  readonly tags: readonly Tag[];
  readonly createdAt: Timestamp | null;
  readonly createdBy: Actor | null;
  readonly updatedAt: Timestamp | null;
  /** By name, ascending; empty where the registry has no aliases. */
  readonly aliases: readonly AliasRecord[];
  readonly consoleUrl: string | null;
  /**
   * The version with the highest number, where the upstream gives it with the model at no further call; null when there is none.
   * Undefined: not given, ask `getLatestVersions`.
   */
  readonly latestVersion?: ModelVersionRecord | null;
  /** Which versions are the latest, where the upstream keeps that with the model (it may be a moment behind). Undefined: ask `getLatestVersions`. */
  readonly latestVersionNames?: LatestVersionNames;
}

export interface LatestVersionNames {
  /** The version with the highest number; null when there is none. */
  readonly any: string | null;
  /** The same among those APPROVED. */
  readonly approved: string | null;
}

export interface ArtifactRecord {
  readonly uri: string;
  /** What the file is for, e.g. `model`; null where the registry has no such notion. */
  readonly role: string | null;
  readonly image: string | null;
  readonly imageDigest: string | null;
  readonly framework: string | null;
  readonly frameworkVersion: string | null;
  readonly digest: string | null;
}

export interface LineageRecord {
  readonly commit: string | null;
  readonly repository: string | null;
  readonly pipelineExecution: string | null;
  readonly trainingJob: string | null;
  readonly runId: string | null;
  readonly experimentId: string | null;
  readonly dataset: string | null;
  readonly sourceUri: string | null;
  readonly generatedBy: string | null;
}

export interface StageRecord {
  readonly name: string;
  readonly status: string | null;
  readonly description: string | null;
}

/** What a decision that was made through the gateway leaves behind in the registry, so that it survives the gateway. */
export interface DecisionMark {
  /** `<sequence>.<hash>` of the decision in the ledger. */
  readonly id: string;
  /** What was decided. The mark tells of the present status only while it agrees with it. */
  readonly status: ApprovalStatus;
  readonly actor: string | null;
  readonly at: Timestamp;
  readonly comment: string | null;
}

export interface InferenceRecord {
  readonly contentTypes: readonly string[];
  readonly responseTypes: readonly string[];
  readonly realtimeInstanceTypes: readonly string[];
  readonly batchInstanceTypes: readonly string[];
}

export interface ModelVersionRecord {
  readonly ref: VersionRef;
  readonly number: number;
  /**
   * Tells it from a later version of the same name: the upstream's creation time in milliseconds, or an id that was made with it. It never
   * changes while the version is there.
   */
  readonly incarnation: string;
  readonly nativeId: string;
  readonly description: string | null;
  readonly registrationStatus: RegistrationStatus;
  readonly registrationMessage: string | null;
  readonly approvalStatus: ApprovalStatus;
  /** False: PENDING only because the registry says nothing. */
  readonly approvalStatusExplicit: boolean;
  readonly approvalStatusSince: Timestamp | null;
  /** What the registry itself keeps as the words of the latest decision. */
  readonly approvalComment: string | null;
  /** As it stands in the registry, where anybody may have put it: believed only as far as the ledger knows it. Null: none that can be read. */
  readonly decision: DecisionMark | null;
  readonly stage: StageRecord | null;
  /** Ascending. Undefined: not known from this read (MLflow's search omits them); derive them from the model's aliases. */
  readonly aliasNames?: readonly string[];
  /** By key, ascending. */
  readonly tags: readonly Tag[];
  /** By key, ascending. */
  readonly metadata: readonly Tag[];
  readonly createdAt: Timestamp | null;
  readonly createdBy: Actor | null;
  readonly updatedAt: Timestamp | null;
  readonly artifacts: readonly ArtifactRecord[];
  readonly lineage: LineageRecord | null;
  readonly inference: InferenceRecord | null;
  readonly consoleUrl: string | null;
}

export const METRIC_GOALS = ['HIGHER_IS_BETTER', 'LOWER_IS_BETTER', 'UNKNOWN'] as const;
export type MetricGoal = (typeof METRIC_GOALS)[number];

export interface MetricRecord {
  readonly name: string;
  /** Null where it is not finite; `text` then says `NaN`, `Infinity` or `-Infinity`. */
  readonly value: number | null;
  readonly text: string | null;
  readonly unit: string | null;
  readonly dataset: string | null;
  readonly step: number | null;
  readonly standardDeviation: number | null;
  readonly goal: MetricGoal;
  /** URI of the report, or id of the run. */
  readonly source: string | null;
}

export const REPORT_KINDS = [
  'MODEL_QUALITY',
  'DATA_QUALITY',
  'BIAS_PRE_TRAINING',
  'BIAS_POST_TRAINING',
  'BIAS',
  'EXPLAINABILITY',
  'OTHER',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export interface ReportRecord {
  readonly kind: ReportKind;
  readonly name: string;
  readonly uri: string;
  readonly contentType: string | null;
}

export interface ModelCardRecord {
  readonly status: string | null;
  /** JSON; null where it could not be read. */
  readonly content: unknown;
}

export type EvidencePart = 'METRICS' | 'PARAMETERS' | 'REPORTS' | 'MODEL_CARD';

/** Why a part of the evidence is missing or partial. What keeps several parts from being read stands with each of them. */
export interface EvidenceProblem {
  readonly part: EvidencePart;
  readonly error: RegistryError;
}

/** What speaks for or against a version. */
export interface EvidenceRecord {
  /** By name, then dataset, ascending. */
  readonly metrics: readonly MetricRecord[];
  /** By key, ascending. */
  readonly parameters: readonly Tag[];
  readonly reports: readonly ReportRecord[];
  readonly modelCard: ModelCardRecord | null;
  /** Only of parts that were asked for. A part without one is whole. */
  readonly problems: readonly EvidenceProblem[];
}

/** Tags in the order in which records hold them. */
export function sortTags(tags: Iterable<Tag>): readonly Tag[] {
  return [...tags].sort((a, b) => compareUtf8(a.key, b.key));
}

/** Compares as UTF-8 bytes do: the order of names over all registries. UTF-16 order differs from it above U+D7FF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xIsSurrogate = x >= 0xd800 && x <= 0xdfff;
    const yIsSurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xIsSurrogate === yIsSurrogate) return x - y;
    // A surrogate stands for a code point above U+FFFF, which sorts after every unit that is none.
    return xIsSurrogate ? 1 : -1;
  }
  return a.length - b.length;
}
