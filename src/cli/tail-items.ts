import type { ChangeType } from '../domain/changes.js';
import type { Actor, ApprovalStatus, StageRecord } from '../domain/model.js';
import type { StoredProblem } from '../domain/policy.js';

/** What is asked of each item; both queries and subscriptions select it. */
export const ITEM_FIELDS = `
  __typename
  ... on JournalItem { cursor }
  ... on RegistryChange {
    id type occurredAt observedAt registryId modelId modelName modelVersionId version evidence
    actor { name kind nativeId }
  }
  ... on ModelVersionStatusChanged { previousStatus status outOfBand }
  ... on ModelVersionUpdated { fields { path before after } }
  ... on ModelUpdated { fields { path before after } }
  ... on ModelAliasChanged { alias previousVersion currentVersion }
  ... on ModelVersionStageChanged { previousStage { name status } stage { name status } }
  ... on ApprovalRecorded { approvalId }
  ... on PolicyViolated { reverted }
  ... on RegistryHealthChanged { previousHealth health problem { code message } }
  ... on JournalGap { missedFrom missedUntil reason }`;

export type TailItem = ChangeItem | GapItem | CheckpointItem;

/** As the API gives it; which of the last fields are there depends on the type. */
export interface ChangeItem {
  readonly __typename: string;
  readonly cursor: string;
  readonly id: string;
  readonly type: ChangeType;
  readonly occurredAt: string | null;
  readonly observedAt: string;
  readonly registryId: string;
  readonly modelId: string | null;
  readonly modelVersionId: string | null;
  readonly actor: Actor | null;
  readonly previousStatus?: ApprovalStatus | null;
  readonly status?: ApprovalStatus;
  readonly outOfBand?: boolean | null;
  readonly fields?: readonly { readonly path: string }[];
  readonly alias?: string;
  readonly previousVersion?: string | null;
  readonly currentVersion?: string | null;
  readonly previousStage?: Pick<StageRecord, 'name' | 'status'> | null;
  readonly stage?: Pick<StageRecord, 'name' | 'status'> | null;
  readonly approvalId?: string;
  readonly reverted?: boolean;
  readonly previousHealth?: string;
  readonly health?: string;
  readonly problem?: StoredProblem | null;
}

export interface GapItem {
  readonly __typename: 'JournalGap';
  readonly cursor: string;
  readonly missedFrom: string | null;
  readonly missedUntil: string;
  readonly reason: string;
}

export interface CheckpointItem {
  readonly __typename: 'JournalCheckpoint';
  readonly cursor: string;
}

export function isChange(item: TailItem): item is ChangeItem {
  return 'id' in item;
}

export function isGap(item: TailItem): item is GapItem {
  return 'missedUntil' in item;
}
