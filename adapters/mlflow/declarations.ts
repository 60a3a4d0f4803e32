import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import type { RegistryLimits, RegistryQuerySupport } from '../../src/domain/registry.js';
import type { Declared } from '../shared/refusals.js';

export const CAPABILITIES = {
  CREATE_MODEL: true,
  UPDATE_MODEL_DESCRIPTION: true,
  TAG_MODELS: true,
  DELETE_MODEL: true,
  REGISTER_VERSION: true,
  REGISTER_METRICS: false,
  REGISTER_PARAMETERS: false,
  REGISTER_REPORTS: false,
  REGISTER_MODEL_CARD: false,
  REGISTER_INFERENCE: false,
  MULTIPLE_ARTIFACTS: false,
  UPDATE_VERSION_DESCRIPTION: true,
  UPDATE_METADATA: false,
  TAG_VERSIONS: true,
  UPDATE_MODEL_CARD: false,
  DELETE_VERSION: true,
  DECIDE: true,
  ALIASES: true,
  STAGES: true,
  CLEAR_STAGE: true,
  METRICS: true,
  PARAMETERS: true,
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
  // The mark of a decision has to fit into one tag: 100,000 characters, which it does even where every character is written as an escape.
  // Older servers take 5,000: enough for all but such a comment, and what they refuse they refuse before the status is written.
  commentMax: 4000,
  metadataEntriesMax: 0,
  metadataKeyMax: 250,
  metadataValueMax: 5000,
  metadataValuePattern: null,
  // `latest` and `v<digits>` are reserved, and digits are those of any script.
  aliasPattern: '(?![lL][aA][tT][eE][sS][tT]$|[vV]\\p{Nd}+$)[\\p{L}\\p{N}_-]{1,255}',
  stages: ['Staging', 'Production', 'Archived'],
};

export function declaredBy(registryId: string): Declared {
  return { id: registryId, capabilities: CAPABILITIES, limits: LIMITS };
}
