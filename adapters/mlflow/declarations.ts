import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import type { RegistryLimits, RegistryQuerySupport } from '../../src/domain/registry.js';

export const CAPABILITIES = {
  CREATE_MODEL: true,
  UPDATE_MODEL_DESCRIPTION: false,
  TAG_MODELS: true,
  DELETE_MODEL: false,
  REGISTER_VERSION: true,
  REGISTER_METRICS: false,
  REGISTER_PARAMETERS: false,
  REGISTER_REPORTS: false,
  REGISTER_MODEL_CARD: false,
  REGISTER_INFERENCE: false,
  MULTIPLE_ARTIFACTS: false,
  UPDATE_VERSION_DESCRIPTION: false,
  UPDATE_METADATA: false,
  TAG_VERSIONS: true,
  UPDATE_MODEL_CARD: false,
  DELETE_VERSION: false,
  DECIDE: false,
  ALIASES: true,
  STAGES: true,
  CLEAR_STAGE: false,
  METRICS: false,
  PARAMETERS: false,
  REPORTS: false,
  MODEL_CARDS: false,
  LINEAGE: true,
  DEPLOYMENTS: false,
  DEPLOY: false,
  COLLECTIONS: false,
  PUSH_EVENTS: false,
} as const satisfies RegistryCapabilities;

/** MLflow narrows by name, tag and source, but folds case by its database's rules and counts nothing. */
export const QUERY_SUPPORT = {
  modelFilters: {
    name: false,
    names: false,
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
    approvalStatuses: false,
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
} as const satisfies RegistryQuerySupport;

export const LIMITS: RegistryLimits = {
  // Neither a path nor part of a URI, and more than white space. Older servers take more; what is there already is read whatever its name.
  modelNamePattern: '(?!\\.$|\\.\\.)(?=[^]*\\S)[^/:\\0]+',
  // The widths of the columns. SQLite would take more, the other databases answer with a failure.
  modelNameMax: 256,
  descriptionMax: 5000,
  commentMax: 2000,
  metadataEntriesMax: 0,
  metadataKeyMax: 250,
  metadataValueMax: 5000,
  metadataValuePattern: null,
  // `latest` and `v<digits>` are reserved.
  aliasPattern: '(?![lL][aA][tT][eE][sS][tT]$|[vV]\\d+$)[\\p{L}\\p{N}_-]{1,255}',
  stages: ['Staging', 'Production', 'Archived'],
};
