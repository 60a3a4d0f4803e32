import type { RegistryCapabilities, RegistryCapability } from '../../src/domain/capabilities.js';
import type { ModelFilter, VersionFilter } from '../../src/domain/filters.js';
import type { RegistryLimits, RegistryQuerySupport } from '../../src/domain/registry.js';

const CAPABILITIES = {
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
  PUSH_EVENTS: false,
} as const satisfies RegistryCapabilities;

const MODEL_FILTERS = {
  name: true,
  names: true,
  nativeIds: true,
  search: true,
  owner: true,
  hasOwner: true,
  tags: true,
  createdAfter: true,
  createdBefore: true,
  updatedAfter: true,
  updatedBefore: true,
} as const satisfies RegistryQuerySupport['modelFilters'];

const VERSION_FILTERS = {
  modelName: true,
  nativeIds: true,
  search: true,
  approvalStatuses: true,
  approvalStatusExplicit: true,
  registrationStatuses: true,
  stages: true,
  tags: true,
  artifactUris: true,
  createdBy: true,
  createdAfter: true,
  createdBefore: true,
  updatedAfter: true,
  updatedBefore: true,
} as const satisfies RegistryQuerySupport['versionFilters'];

export const MEMORY_LIMITS: RegistryLimits = {
  // Twelve digits and a colon would read as the account that owns a shared group (see refs.ts).
  modelNamePattern: '(?!\\d{12}:)[^\\p{Cc}]+',
  modelNameMax: 255,
  descriptionMax: 4096,
  commentMax: 4096,
  metadataEntriesMax: null,
  metadataKeyMax: 256,
  metadataValueMax: 4096,
  metadataValuePattern: null,
  aliasPattern: '[\\w.-]{1,255}',
  stages: null,
};

/** What to leave out: a registry that declares less, and then does less, for testing what the gateway makes of it. */
export interface Without {
  readonly capabilities?: readonly RegistryCapability[];
  readonly modelFilters?: readonly (keyof ModelFilter)[];
  readonly versionFilters?: readonly (keyof VersionFilter)[];
  readonly counts?: boolean;
}

export function declarations(without: Without = {}): {
  readonly capabilities: RegistryCapabilities;
  readonly query: RegistryQuerySupport;
} {
  return {
    capabilities: turnOff(CAPABILITIES, without.capabilities),
    query: {
      modelFilters: turnOff(MODEL_FILTERS, without.modelFilters),
      versionFilters: turnOff(VERSION_FILTERS, without.versionFilters),
      countsModels: without.counts !== true,
      countsVersions: without.counts !== true,
    },
  };
}

function turnOff<K extends string>(all: Readonly<Record<K, boolean>>, off: readonly K[] = []): Record<K, boolean> {
  const result: Record<K, boolean> = { ...all };
  for (const key of off) result[key] = false;
  return result;
}
