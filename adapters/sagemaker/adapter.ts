import type { RegistryCapabilities } from '../../src/domain/capabilities.js';
import type {
  AdapterEnvironment,
  CallOptions,
  RegistryAdapter,
  RegistryQuerySupport,
} from '../../src/domain/registry.js';
import { checkRegistry } from './check.js';
import { type Call, createSageMaker, type SageMakerClients } from './client.js';
import { toRegistryError } from './errors.js';
import { LIMITS } from './input.js';
import { latestVersions } from './latest.js';
import { createModels } from './models.js';
import type { SageMakerOptions } from './options.js';
import { createRegistry } from './registry.js';
import { createVersions } from './versions.js';
import { createModel, registerVersion } from './writes.js';

const CAPABILITIES = {
  CREATE_MODEL: true,
  UPDATE_MODEL_DESCRIPTION: false,
  TAG_MODELS: true,
  DELETE_MODEL: false,
  REGISTER_VERSION: true,
  REGISTER_METRICS: false,
  REGISTER_PARAMETERS: false,
  REGISTER_REPORTS: false,
  REGISTER_MODEL_CARD: false,
  REGISTER_INFERENCE: true,
  MULTIPLE_ARTIFACTS: true,
  UPDATE_VERSION_DESCRIPTION: false,
  UPDATE_METADATA: false,
  TAG_VERSIONS: false,
  UPDATE_MODEL_CARD: false,
  DELETE_VERSION: false,
  DECIDE: false,
  ALIASES: false,
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

/** Shared groups are found by a search of their own, and some belong to a sibling: nothing counts them. */
function querySupport(countsAll: boolean): RegistryQuerySupport {
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

export function createSageMakerAdapter(
  id: string,
  options: SageMakerOptions,
  environment: AdapterEnvironment,
  clients: SageMakerClients = {},
): RegistryAdapter {
  const sagemaker = createSageMaker(options, clients);
  const registry = createRegistry(id, options, sagemaker, environment.siblings);
  const models = createModels(registry);
  const versions = createVersions(registry);

  const perform = async <T>(
    operation: string,
    callOptions: CallOptions,
    task: (call: Call) => Promise<T>,
  ): Promise<T> => {
    const call = { registryId: id, operation, options: callOptions };
    try {
      return await task(call);
    } catch (error) {
      throw toRegistryError(error, call);
    }
  };

  return {
    id,
    kind: 'SAGEMAKER',
    get location() {
      return { account: sagemaker.knownAccount ?? null, region: options.region, location: options.endpoint ?? null };
    },
    capabilities: CAPABILITIES,
    query: querySupport(!options.sharedGroups),
    limits: LIMITS,
    listModels: (query, callOptions) => perform('listModels', callOptions, (call) => models.list(query, call)),
    listVersions: (query, callOptions) => perform('listVersions', callOptions, (call) => versions.list(query, call)),
    getModels: (refs, callOptions) => perform('getModels', callOptions, (call) => models.get(refs, call)),
    getVersions: (refs, callOptions) => perform('getVersions', callOptions, (call) => versions.get(refs, call)),
    getLatestVersions: (refs, callOptions) =>
      perform('getLatestVersions', callOptions, (call) =>
        latestVersions(registry, refs, callOptions.approvalStatus, call),
      ),
    findVersion: (nativeId, callOptions) =>
      perform('findVersion', callOptions, (call) => versions.find(nativeId, call)),
    createModel: (input, callOptions) =>
      perform('createModel', callOptions, (call) => createModel(registry, models, input, call)),
    registerVersion: (input, callOptions) =>
      perform('registerVersion', callOptions, (call) => registerVersion(registry, versions, input, call)),
    check: (callOptions) => checkRegistry(registry, { registryId: id, operation: 'check', options: callOptions }),
    [Symbol.asyncDispose]: () => sagemaker[Symbol.asyncDispose](),
  };
}
