import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import type { RegistryLimits, RegistryPolling, RegistryQuerySupport } from '../../src/domain/registry.js';
import type { Declared } from '../shared/refusals.js';
import { GROUP_NAME } from './arns.js';
import type { SageMakerOptions } from './options.js';

/** Reports can be registered, numbers cannot: SageMaker keeps pointers to files. */
const CAPABILITIES = {
  CREATE_MODEL: true,
  UPDATE_MODEL_DESCRIPTION: false,
  TAG_MODELS: true,
  DELETE_MODEL: true,
  REGISTER_VERSION: true,
  REGISTER_METRICS: false,
  REGISTER_PARAMETERS: false,
  REGISTER_REPORTS: true,
  REGISTER_MODEL_CARD: true,
  REGISTER_INFERENCE: true,
  MULTIPLE_ARTIFACTS: true,
  UPDATE_VERSION_DESCRIPTION: false,
  UPDATE_METADATA: true,
  TAG_VERSIONS: false,
  UPDATE_MODEL_CARD: true,
  DELETE_VERSION: true,
  DECIDE: true,
  ALIASES: false,
  STAGES: true,
  CLEAR_STAGE: false,
  METRICS: true,
  PARAMETERS: false,
  REPORTS: true,
  MODEL_CARDS: true,
  LINEAGE: true,
  DEPLOYMENTS: false,
  DEPLOY: false,
  COLLECTIONS: false,
  PUSH_EVENTS: false,
} as const satisfies RegistryCapabilities;

export const LIMITS = {
  modelNamePattern: GROUP_NAME,
  modelNameMax: 63,
  descriptionMax: 1024,
  commentMax: 1024,
  metadataEntriesMax: 50,
  metadataKeyMax: 128,
  metadataValueMax: 256,
  metadataValuePattern: String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`,
  aliasPattern: null,
  stages: null,
} as const satisfies RegistryLimits;

export function capabilitiesOf({ events }: SageMakerOptions): RegistryCapabilities {
  return { ...CAPABILITIES, PUSH_EVENTS: events !== undefined };
}

/** Of groups, new ones are found at once and changed tags by a walk of everything. */
export function pollingOf({ pollSeconds, indexLagSeconds }: SageMakerOptions): RegistryPolling {
  return {
    versionsByModification: true,
    modelsByModification: true,
    everyMs: pollSeconds * 1000,
    indexLagMs: indexLagSeconds * 1000,
  };
}

export function declared(id: string): Declared {
  return { id, capabilities: CAPABILITIES, limits: LIMITS };
}

/** Shared groups are found by a search of their own, and some belong to a sibling: nothing counts them. */
export function querySupport(countsAll: boolean): RegistryQuerySupport {
  return {
    modelFilters: {
      // Whether Search minds the case of `Contains` is not documented.
      name: false,
      names: true,
      nativeIds: true,
      search: false,
      owner: false,
      hasOwner: false,
      tags: false,
      createdAfter: true,
      createdBefore: true,
      // A group has no such time: nothing matches, and that is all that can be said.
      updatedAfter: false,
      updatedBefore: false,
    },
    versionFilters: {
      modelName: false,
      nativeIds: true,
      search: false,
      approvalStatuses: true,
      approvalStatusExplicit: true,
      registrationStatuses: true,
      stages: true,
      tags: false,
      artifactUris: false,
      createdBy: false,
      createdAfter: true,
      createdBefore: true,
      updatedAfter: true,
      updatedBefore: true,
    },
    countsModels: countsAll,
    countsVersions: countsAll,
  };
}
