import type { JournalItem } from '../../src/context.js';
import type { Change, ChangeType } from '../../src/domain/changes.js';
import { modelId, namePart, versionId } from '../../src/domain/refs.js';
import { fromStoredProblem } from './from-approval.js';

/** The types of the API by the kind of the change. */
const CHANGE_TYPE_NAMES = {
  VERSION_STATUS: 'ModelVersionStatusChanged',
  VERSION_REGISTERED: 'ModelVersionRegistered',
  VERSION_UPDATED: 'ModelVersionUpdated',
  VERSION_DELETED: 'ModelVersionDeleted',
  MODEL_CREATED: 'ModelCreated',
  MODEL_UPDATED: 'ModelUpdated',
  MODEL_DELETED: 'ModelDeleted',
  ALIAS: 'ModelAliasChanged',
  STAGE: 'ModelVersionStageChanged',
  APPROVAL_RECORDED: 'ApprovalRecorded',
  POLICY_VIOLATED: 'PolicyViolated',
  REGISTRY_HEALTH: 'RegistryHealthChanged',
} as const satisfies Readonly<Record<ChangeType, string>>;

type JournalItemValue = ReturnType<typeof fromJournalItem>;

/** What the types of the API resolve: leaf fields by their names, and the refs from which objects are read as they are now. */
export function fromJournalItem(item: JournalItem) {
  if (item.kind !== 'CHANGE') return item;
  const { kind, cursor, change } = item;
  return { ...change, ...problemOf(change), ...idsOf(change), kind, cursor };
}

/** @param value As `fromJournalItem` made it. */
export function typeNameOf(value: unknown): string {
  const item = value as JournalItemValue;
  switch (item.kind) {
    case 'CHANGE':
      return CHANGE_TYPE_NAMES[item.type];
    case 'GAP':
      return 'JournalGap';
    case 'CHECKPOINT':
      return 'JournalCheckpoint';
  }
}

function idsOf({ model, version }: Change) {
  if (model === null) return { modelId: null, modelName: null, modelVersionId: null };
  return {
    modelId: modelId(model),
    modelName: namePart(model),
    modelVersionId: version === null ? null : versionId({ ...model, version }),
  };
}

function problemOf(change: Change) {
  return change.type === 'REGISTRY_HEALTH' ? { problem: fromStoredProblem(change.problem) } : {};
}
