import type { Actor, ApprovalStatus, ModelRecord, ModelVersionRecord, StageRecord, Timestamp } from './model.js';
import type { StoredProblem } from './policy.js';
import type { ModelRef } from './refs.js';
import type { RegistryHealthStatus } from './registry-health.js';

// What the journal holds. All of it is JSON-safe and immutable; references, never records.

export const CHANGE_TYPES = [
  'VERSION_STATUS',
  'VERSION_REGISTERED',
  'VERSION_UPDATED',
  'VERSION_DELETED',
  'MODEL_CREATED',
  'MODEL_UPDATED',
  'MODEL_DELETED',
  'ALIAS',
  'STAGE',
  'APPROVAL_RECORDED',
  'POLICY_VIOLATED',
  'REGISTRY_HEALTH',
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** PUSH: an event told us. POLL: found by asking. SELF: written through the gateway. */
export const CHANGE_EVIDENCE = ['PUSH', 'POLL', 'SELF'] as const;
export type ChangeEvidence = (typeof CHANGE_EVIDENCE)[number];

/** What has become of one field of a record, e.g. `description`, `tags.team`. Null: it was, or is, not there. */
export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ChangeBase {
  /** The same for every reader and after any replay: see `src/journal/change-id.ts`. */
  readonly id: string;
  readonly registryId: string;
  /** Null where it is about the registry itself. */
  readonly model: ModelRef | null;
  /** Null where it is about a model or a registry. */
  readonly version: string | null;
  /** Of the version; null where it is about none. */
  readonly incarnation: string | null;
  /** When it happened, where the registry says. */
  readonly occurredAt: Timestamp | null;
  readonly observedAt: Timestamp;
  /** As it was when it was appended; what has confirmed it since comes with the entry that is read. */
  readonly evidence: readonly ChangeEvidence[];
  readonly actor: Actor | null;
}

export interface VersionStatusChange extends ChangeBase {
  readonly type: 'VERSION_STATUS';
  /** Null: the version was first seen. */
  readonly previousStatus: ApprovalStatus | null;
  readonly status: ApprovalStatus;
  /** Not decided through the gateway; null: the ledger could not be asked. */
  readonly outOfBand: boolean | null;
  /** The decision that made it so, where the ledger has one. */
  readonly approvalId: string | null;
}

export interface PlainChange extends ChangeBase {
  readonly type: 'VERSION_REGISTERED' | 'VERSION_DELETED' | 'MODEL_CREATED' | 'MODEL_DELETED';
}

export interface UpdateChange extends ChangeBase {
  readonly type: 'VERSION_UPDATED' | 'MODEL_UPDATED';
  /** By path, ascending; never empty. */
  readonly fields: readonly FieldChange[];
}

export interface AliasChange extends ChangeBase {
  readonly type: 'ALIAS';
  readonly alias: string;
  /** Null: it was held by none. */
  readonly previousVersion: string | null;
  /** Null: it is held by none. */
  readonly currentVersion: string | null;
}

export interface StageChange extends ChangeBase {
  readonly type: 'STAGE';
  readonly previousStage: StageRecord | null;
  readonly stage: StageRecord | null;
}

export interface ApprovalRecordedChange extends ChangeBase {
  readonly type: 'APPROVAL_RECORDED';
  readonly approvalId: string;
}

export interface PolicyViolatedChange extends ChangeBase {
  readonly type: 'POLICY_VIOLATED';
  /** The OUT_OF_BAND entry of the ledger, which holds the evaluation. */
  readonly approvalId: string;
  readonly reverted: boolean;
}

export interface RegistryHealthChange extends ChangeBase {
  readonly type: 'REGISTRY_HEALTH';
  readonly previousHealth: RegistryHealthStatus;
  readonly health: RegistryHealthStatus;
  readonly problem: StoredProblem | null;
}

export type Change =
  | VersionStatusChange
  | PlainChange
  | UpdateChange
  | AliasChange
  | StageChange
  | ApprovalRecordedChange
  | PolicyViolatedChange
  | RegistryHealthChange;

/** What the journal keeps of a registry itself, so that a change of its health is told once. */
export interface HealthState {
  readonly health: RegistryHealthStatus;
}

/** The state of one entity: a model, a version, or (under its own id) a registry. */
export type StateRecord = ModelRecord | ModelVersionRecord | HealthState;

export function isVersionRecord(record: StateRecord): record is ModelVersionRecord {
  return 'ref' in record && 'version' in record.ref;
}

export function isModelRecord(record: StateRecord): record is ModelRecord {
  return 'ref' in record && !('version' in record.ref);
}
