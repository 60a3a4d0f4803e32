import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import type { RegistryLimits, RegistryQuerySupport } from '../../src/domain/registry.js';
import type { Declared } from '../shared/refusals.js';
import type { Session } from './session.js';

export const CAPABILITIES: RegistryCapabilities = {
  CREATE_MODEL: true,
  UPDATE_MODEL_DESCRIPTION: true,
  TAG_MODELS: true,
  DELETE_MODEL: true,
  REGISTER_VERSION: true,
  REGISTER_METRICS: true,
  REGISTER_PARAMETERS: true,
  REGISTER_REPORTS: true,
  REGISTER_MODEL_CARD: true,
  REGISTER_INFERENCE: true,
  MULTIPLE_ARTIFACTS: true,
  UPDATE_VERSION_DESCRIPTION: true,
  UPDATE_METADATA: true,
  TAG_VERSIONS: true,
  UPDATE_MODEL_CARD: true,
  DELETE_VERSION: true,
  DECIDE: true,
  ALIASES: true,
  STAGES: true,
  CLEAR_STAGE: true,
  METRICS: true,
  PARAMETERS: true,
  REPORTS: true,
  MODEL_CARDS: true,
  LINEAGE: true,
  DEPLOYMENTS: false,
  DEPLOY: false,
  COLLECTIONS: false,
  PUSH_EVENTS: true,
};

export const QUERY_SUPPORT: RegistryQuerySupport = {
  modelFilters: {
    name: false,
    names: true,
    nativeIds: false,
    search: false,
    owner: false,
    hasOwner: false,
    tags: false,
    createdAfter: false,
    createdBefore: false,
    updatedAfter: false,
    updatedBefore: false,
  },
  versionFilters: {
    modelName: false,
    nativeIds: false,
    search: false,
    approvalStatuses: true,
    approvalStatusExplicit: false,
    registrationStatuses: false,
    stages: false,
    tags: false,
    artifactUris: false,
    createdBy: false,
    createdAfter: false,
    createdBefore: false,
    updatedAfter: false,
    updatedBefore: false,
  },
  countsModels: false,
  countsVersions: false,
};

export const LIMITS: RegistryLimits = {
  // Twelve digits and a colon would read as the account that owns a shared group (see refs.ts).
  modelNamePattern: '(?!\\d{12}:)[^\\p{Cc}\\p{Cs}]+',
  modelNameMax: 256,
  descriptionMax: 10_000,
  commentMax: 1024,
  // As many as fit into the item.
  metadataEntriesMax: null,
  metadataKeyMax: 256,
  metadataValueMax: 10_000,
  metadataValuePattern: null,
  aliasPattern: '[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,127}',
  stages: null,
};

/** What a write is judged by before anything is sent. */
export function declared(session: Session): Declared {
  return { id: session.registryId, capabilities: CAPABILITIES, limits: LIMITS };
}
