import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import { modelId } from '../../src/domain/refs.js';

/** A model with nothing but a name. */
export function modelRecord(
  registryId: string,
  name: string,
  fields: Partial<Omit<ModelRecord, 'ref'>> = {},
): ModelRecord {
  const ref = { registryId, name };
  return {
    ref,
    nativeId: `memory:${modelId(ref)}`,
    description: null,
    owner: null,
    tags: [],
    createdAt: null,
    createdBy: null,
    updatedAt: null,
    aliases: [],
    consoleUrl: null,
    ...fields,
  };
}

/** A pending version with nothing but a number, as the journal holds it: without alias names. */
export function versionRecord(
  registryId: string,
  name: string,
  number: number,
  fields: Partial<Omit<ModelVersionRecord, 'ref' | 'number'>> = {},
): ModelVersionRecord {
  const ref = { registryId, name, version: String(number) };
  return {
    ref,
    number,
    incarnation: '1764000000000',
    nativeId: `memory:${modelId({ registryId, name })}/${number}`,
    description: null,
    registrationStatus: 'READY',
    registrationMessage: null,
    approvalStatus: 'PENDING',
    approvalStatusExplicit: true,
    approvalStatusSince: null,
    approvalComment: null,
    decision: null,
    stage: null,
    tags: [],
    metadata: [],
    createdAt: null,
    createdBy: null,
    updatedAt: null,
    artifacts: [],
    lineage: null,
    inference: null,
    consoleUrl: null,
    ...fields,
  };
}
