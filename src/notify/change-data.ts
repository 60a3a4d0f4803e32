import type { Change } from '../domain/changes.js';
import { modelId, namePart, versionId } from '../domain/refs.js';

/** A change in the field names of the API: what `registryChanges` has as scalar fields, and `approvalId` in place of `approval`. */
export type ChangeData = Readonly<Record<string, unknown>>;

export function changeData(change: Change): ChangeData {
  const { id, type, registryId, model, version, occurredAt, observedAt, evidence, actor } = change;
  return {
    id,
    type,
    occurredAt,
    observedAt,
    registryId,
    modelId: model === null ? null : modelId(model),
    modelName: model === null ? null : namePart(model),
    modelVersionId: model === null || version === null ? null : versionId({ ...model, version }),
    version,
    evidence,
    actor,
    ...ownFields(change),
  };
}

/** Id of what it is about: the version, else the model, else the registry. */
export function subjectOf({ registryId, model, version }: Change): string {
  if (model === null) return registryId;
  return version === null ? modelId(model) : versionId({ ...model, version });
}

function ownFields(change: Change): ChangeData {
  switch (change.type) {
    case 'VERSION_STATUS': {
      const { previousStatus, status, outOfBand, approvalId } = change;
      return { previousStatus, status, outOfBand, approvalId };
    }
    case 'VERSION_UPDATED':
    case 'MODEL_UPDATED':
      return { fields: change.fields };
    case 'ALIAS': {
      const { alias, previousVersion, currentVersion } = change;
      return { alias, previousVersion, currentVersion };
    }
    case 'STAGE': {
      const { previousStage, stage } = change;
      return { previousStage, stage };
    }
    case 'APPROVAL_RECORDED':
      return { approvalId: change.approvalId };
    case 'POLICY_VIOLATED': {
      const { approvalId, reverted } = change;
      return { approvalId, reverted };
    }
    case 'REGISTRY_HEALTH': {
      const { previousHealth, health, problem } = change;
      return { previousHealth, health, problem };
    }
    case 'VERSION_REGISTERED':
    case 'VERSION_DELETED':
    case 'MODEL_CREATED':
    case 'MODEL_DELETED':
      return {};
  }
}
